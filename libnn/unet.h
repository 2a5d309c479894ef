/* unet.h - sampling from a diffusion model (Ho, Jain and Abbeel 2020) */
#ifndef NN_UNET_H
#define NN_UNET_H

#include "models.h"

enum { NN_UNET_TIMESTEPS = 1000, NN_UNET_SIDE = 28 };

/* By which gray values from 0 to 1 are normalized. */
extern const double nn_unet_mean, nn_unet_std;

/* The variance schedule: beta[t], and alpha_bar[t], the product of 1 - beta[s]
 * for s = 0 ... t. */
void	nn_unet_schedule(double beta[NN_UNET_TIMESTEPS],
	    double alpha_bar[NN_UNET_TIMESTEPS]);

/* The network's prediction of the noise in images x (n, 1, 28, 28) at the
 * timesteps t (n), of the shape of x. NULL after nn_fail. */
struct nn_node	*nn_unet_predict_noise(struct nn *, const struct nn_conf *,
		    struct nn_node *x, const int *t);

/*
 * Set x to n images of the last timestep: standard normal noise or, if like is
 * not NULL, noise plus what the schedule leaves of an image, with the mean and
 * covariance of the images like. 0, or -1 after nn_fail.
 */
int	nn_unet_sample_start(struct nn *, uint64_t seed, nn_real *x, size_t n,
	    struct nn_images *like);

/* Denoise n images x from timestep t to t - 1; after t = 0 they are done. 0, or
 * -1 after nn_fail. */
int	nn_unet_sample_step(struct nn *, const struct nn_conf *, uint64_t seed,
	    int t, nn_real *x, size_t n);

#endif
