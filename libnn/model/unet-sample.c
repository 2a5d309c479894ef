/* unet-sample.c - sampling from the diffusion model, timestep by timestep */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/tape.h"
#include "rng.h"
#include "unet.h"

enum { PIXELS = NN_UNET_SIDE * NN_UNET_SIDE };

enum { MIXTURE = NN_UNET_TIMESTEPS + 1 };	/* stands for a timestep */

/* Image i has stream i, with another key for every timestep. */
static void
draw_noise(nn_real *x, size_t n, uint64_t seed, int t, uint32_t i)
{
	nn_normal(x, n, seed + ((uint64_t)(t + 1) << 32), NN_FOR_NOISE, i);
}

struct start {
	uint64_t	 seed;
	nn_real		*x;
	const struct nn_images *like;
	double		 mean[PIXELS];	/* of like */
	double		 alpha_bar;
	_Atomic bool	 failed;
};

/* mean + sum of z_i (x_i - mean) / sqrt(n), with standard normal z_i, has the
 * mean and the covariance of n images x_i. */
static void
add_mixture(void *arg, int k)
{
	struct start *s = arg;
	size_t n = s->like->n;
	double sum[PIXELS] = { 0 }, all = 0;
	nn_real *x = s->x + (size_t)k * PIXELS, image[PIXELS];
	nn_real *z = malloc(n * sizeof *z);

	if (z == NULL) {
		s->failed = true;
		return;
	}
	draw_noise(z, n, s->seed, MIXTURE, k);
	for (size_t i = 0; i < n; i++) {
		nn_images_get(s->like, i, image);
		for (int j = 0; j < PIXELS; j++)
			sum[j] += z[i] * image[j];
		all += z[i];
	}
	for (int j = 0; j < PIXELS; j++)
		x[j] = sqrt(1 - s->alpha_bar) * x[j] + sqrt(s->alpha_bar) *
		    (s->mean[j] + (sum[j] - all * s->mean[j]) / sqrt(n));
	free(z);
}

static void
compute_mean(struct start *s)
{
	nn_real image[PIXELS];

	for (size_t i = 0; i < s->like->n; i++) {
		nn_images_get(s->like, i, image);
		for (int j = 0; j < PIXELS; j++)
			s->mean[j] += image[j];
	}
	for (int j = 0; j < PIXELS; j++)
		s->mean[j] /= s->like->n;
}

int
nn_unet_sample_start(struct nn *net, uint64_t seed, nn_real *x, size_t n,
    struct nn_images *like)
{
	double beta[NN_UNET_TIMESTEPS], alpha_bar[NN_UNET_TIMESTEPS];
	struct start s = { .seed = seed, .x = x, .like = like };

	for (size_t i = 0; i < n; i++)
		draw_noise(x + i * PIXELS, PIXELS, seed, NN_UNET_TIMESTEPS, i);
	if (like == NULL)
		return 0;
	if (like->channels * like->height * like->width != PIXELS)
		return nn_fail(net, "images of %zu x %zu pixels, wanted "
		    "%d x %d, gray", like->height, like->width, NN_UNET_SIDE,
		    NN_UNET_SIDE);
	like->mean[0] = nn_unet_mean;
	like->sd[0] = nn_unet_std;
	nn_unet_schedule(beta, alpha_bar);
	s.alpha_bar = alpha_bar[NN_UNET_TIMESTEPS - 1];
	compute_mean(&s);
	nn_team_do(nn_team_of(net), n, add_mixture, &s);
	return s.failed ? nn_fail(net, "out of memory") : 0;
}

/* x = (x - beta / sqrt(1 - alpha_bar) noise) / sqrt(1 - beta) + sqrt(beta) z,
 * with z also at t = 0, as in the paper's code */
int
nn_unet_sample_step(struct nn *net, const struct nn_conf *conf, uint64_t seed,
    int t, nn_real *x, size_t n)
{
	double beta[NN_UNET_TIMESTEPS], alpha_bar[NN_UNET_TIMESTEPS];
	double noise_scale, x_scale;
	struct nn_node *e;
	nn_real z[PIXELS];
	int *time;

	nn_unet_schedule(beta, alpha_bar);
	nn_reset(net);
	nn_set_mode(net, NN_MODE_EVAL);
	time = nn_alloc_ints(net, n);
	for (size_t i = 0; time && i < n; i++)
		time[i] = t;
	e = nn_unet_predict_noise(net, conf, nn_input(net,
	    NN_SHAPE(n, 1, NN_UNET_SIDE, NN_UNET_SIDE), x), time);
	if (e == NULL)
		return -1;
	noise_scale = beta[t] / sqrt(1 - alpha_bar[t]);
	x_scale = 1 / sqrt(1 - beta[t]);
	for (size_t i = 0; i < n; i++) {
		draw_noise(z, PIXELS, seed, t, i);
		for (size_t j = 0, at = i * PIXELS; j < PIXELS; j++, at++)
			x[at] = (x[at] - noise_scale * e->x[at]) * x_scale +
			    sqrt(beta[t]) * z[j];
	}
	return 0;
}
