/* unet-sample.c - pictures out of noise, one step of time after the other */
#include <math.h>

#include "tape.h"
#include "unet.h"

enum { PIXELS = UNET_SIDE * UNET_SIDE };

/* Picture i draws from stream i, with a key for every time. */
static void
draw(nn_real *x, uint64_t seed, int t, uint32_t i)
{
	nn_normal(x, PIXELS, seed + ((uint64_t)(t + 1) << 32), NN_FOR_NOISE, i);
}

void
unet_start(uint64_t seed, nn_real *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		draw(x + i * PIXELS, seed, UNET_TIMES, i);
}

/* x = (x - beta / sqrt(1 - kept) noise) / sqrt(1 - beta) + sqrt(beta) z, with
 * the last one as the others: the code of the paper has it so */
int
unet_step(struct nn *net, const struct nn_conf *conf, uint64_t seed, int t,
    nn_real *x, size_t n)
{
	double beta[UNET_TIMES], kept[UNET_TIMES], less, by;
	struct nn_node *e;
	nn_real z[PIXELS];
	int *time;

	unet_schedule(beta, kept);
	nn_reset(net);
	nn_set_mode(net, NN_USE);
	time = nn_ints(net, n);
	for (size_t i = 0; time && i < n; i++)
		time[i] = t;
	e = unet_noise(net, conf, nn_input(net, nn_shape(n, 1, UNET_SIDE,
	    UNET_SIDE), x), time);
	if (e == NULL)
		return -1;
	less = beta[t] / sqrt(1 - kept[t]);
	by = 1 / sqrt(1 - beta[t]);
	for (size_t i = 0; i < n; i++) {
		draw(z, seed, t, i);
		for (size_t j = 0, at = i * PIXELS; j < PIXELS; j++, at++)
			x[at] = (x[at] - less * e->x[at]) * by +
			    sqrt(beta[t]) * z[j];
	}
	return 0;
}
