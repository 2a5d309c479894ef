/* unet-sample.c - pictures out of noise, one step of time after the other */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/tape.h"
#include "rng.h"
#include "unet.h"

enum { PIXELS = UNET_SIDE * UNET_SIDE };

enum { MIXTURE = UNET_TIMES + 1 };	/* the time of numbers that mix */

/* Picture i draws from stream i, with a key for every time. */
static void
draw(nn_real *x, size_t n, uint64_t seed, int t, uint32_t i)
{
	nn_normal(x, n, seed + ((uint64_t)(t + 1) << 32), NN_FOR_NOISE, i);
}

/* Some pictures at the start, as what is known of others lets expect them. */
struct start {
	uint64_t	 seed;
	nn_real		*x;
	const struct nn_images *like;
	double		 mean[PIXELS];	/* of like */
	double		 kept;
	_Atomic bool	 failed;
};

/* mean + sum of z_i (x_i - mean) / sqrt(n) has the mean and the covariance of
 * n pictures x_i. */
static void
mix(void *arg, int k)
{
	struct start *s = arg;
	size_t n = s->like->n;
	double sum[PIXELS] = { 0 }, all = 0;
	nn_real *x = s->x + (size_t)k * PIXELS, one[PIXELS];
	nn_real *z = malloc(n * sizeof *z);

	if (z == NULL) {
		s->failed = true;
		return;
	}
	draw(z, n, s->seed, MIXTURE, k);
	for (size_t i = 0; i < n; i++) {
		nn_images_get(s->like, i, one);
		for (int j = 0; j < PIXELS; j++)
			sum[j] += z[i] * one[j];
		all += z[i];
	}
	for (int j = 0; j < PIXELS; j++)
		x[j] = sqrt(1 - s->kept) * x[j] + sqrt(s->kept) *
		    (s->mean[j] + (sum[j] - all * s->mean[j]) / sqrt(n));
	free(z);
}

static void
measure(struct start *s)
{
	nn_real one[PIXELS];

	for (size_t i = 0; i < s->like->n; i++) {
		nn_images_get(s->like, i, one);
		for (int j = 0; j < PIXELS; j++)
			s->mean[j] += one[j];
	}
	for (int j = 0; j < PIXELS; j++)
		s->mean[j] /= s->like->n;
}

int
nn_unet_start(struct nn *net, uint64_t seed, nn_real *x, size_t n,
    struct nn_images *like)
{
	double beta[UNET_TIMES], kept[UNET_TIMES];
	struct start s = { .seed = seed, .x = x, .like = like };

	for (size_t i = 0; i < n; i++)
		draw(x + i * PIXELS, PIXELS, seed, UNET_TIMES, i);
	if (like == NULL)
		return 0;
	if (like->channels * like->height * like->width != PIXELS)
		return nn_fail(net, "images of %zu x %zu pixels, wanted %d x %d,"
		    " grey", like->height, like->width, UNET_SIDE, UNET_SIDE);
	like->mean[0] = nn_unet_mean;
	like->sd[0] = nn_unet_std;
	nn_unet_schedule(beta, kept);
	s.kept = kept[UNET_TIMES - 1];
	measure(&s);
	nn_team_do(nn_team_of(net), n, mix, &s);
	return s.failed ? nn_fail(net, "out of memory") : 0;
}

/* x = (x - beta / sqrt(1 - kept) noise) / sqrt(1 - beta) + sqrt(beta) z, with
 * the last one as the others: the code of the paper has it so */
int
nn_unet_step(struct nn *net, const struct nn_conf *conf, uint64_t seed, int t,
    nn_real *x, size_t n)
{
	double beta[UNET_TIMES], kept[UNET_TIMES], less, by;
	struct nn_node *e;
	nn_real z[PIXELS];
	int *time;

	nn_unet_schedule(beta, kept);
	nn_reset(net);
	nn_set_mode(net, NN_USE);
	time = nn_ints(net, n);
	for (size_t i = 0; time && i < n; i++)
		time[i] = t;
	e = nn_unet_noise(net, conf, nn_input(net, nn_shape(n, 1, UNET_SIDE,
	    UNET_SIDE), x), time);
	if (e == NULL)
		return -1;
	less = beta[t] / sqrt(1 - kept[t]);
	by = 1 / sqrt(1 - beta[t]);
	for (size_t i = 0; i < n; i++) {
		draw(z, PIXELS, seed, t, i);
		for (size_t j = 0, at = i * PIXELS; j < PIXELS; j++, at++)
			x[at] = (x[at] - less * e->x[at]) * by +
			    sqrt(beta[t]) * z[j];
	}
	return 0;
}
