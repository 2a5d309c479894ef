/* unet.h - the parts of the diffusion network that drawing pictures needs */
#ifndef NN_UNET_H
#define NN_UNET_H

#include "models.h"

enum { UNET_TIMES = 1000, UNET_SIDE = 28 };

/* How a grey value from 0 to 1 becomes a number of the network. */
extern const double unet_mean, unet_deviation;

/*
 * At each time t = 0 ... 999 the part beta[t] of the variance is replaced by
 * noise; kept[t] is what is left of the picture's: the product of 1 - beta.
 */
void	unet_schedule(double beta[UNET_TIMES], double kept[UNET_TIMES]);

/* What the network takes for noise in pictures x (n, 1, 28, 28) at the times t
 * (n), shaped as x. NULL after nn_fail. */
struct nn_node	*unet_noise(struct nn *, const struct nn_conf *,
		    struct nn_node *x, const int *t);

/* Take n pictures x from time t to the one before: at 0 they are done. The
 * first x, for t = 999, is normal noise, for which see unet_start. 0 or -1. */
int	unet_step(struct nn *, const struct nn_conf *, uint64_t seed, int t,
	    nn_real *x, size_t n);
void	unet_start(uint64_t seed, nn_real *x, size_t n);

#endif
