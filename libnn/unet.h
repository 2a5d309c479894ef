/* unet.h - the parts of the diffusion network that drawing pictures needs */
#ifndef NN_UNET_H
#define NN_UNET_H

#include "models.h"

enum { UNET_TIMES = 1000, UNET_SIDE = 28 };

/* How a grey value from 0 to 1 becomes a number of the network. */
extern const double nn_unet_mean, nn_unet_std;

/*
 * At each time t = 0 ... 999 the part beta[t] of the variance is replaced by
 * noise; kept[t] is what is left of the picture's: the product of 1 - beta.
 */
void	nn_unet_schedule(double beta[UNET_TIMES], double kept[UNET_TIMES]);

/* What the network takes for noise in pictures x (n, 1, 28, 28) at the times t
 * (n), shaped as x. NULL after nn_fail. */
struct nn_node	*nn_unet_noise(struct nn *, const struct nn_conf *,
		    struct nn_node *x, const int *t);

/* The first n pictures x, for t = 999: normal noise. As a part of the pictures
 * is left at that time, noise with the mean and covariance of those in like,
 * unless that is NULL, makes better ones. 0, or -1 after nn_fail. */
int	nn_unet_start(struct nn *, uint64_t seed, nn_real *x, size_t n,
	    struct nn_images *like);

/* Take n pictures x from time t to the one before: at 0 they are done. 0 or
 * -1. */
int	nn_unet_step(struct nn *, const struct nn_conf *, uint64_t seed, int t,
	    nn_real *x, size_t n);

#endif
