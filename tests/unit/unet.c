/*
 * unet.c - the diffusion network against PyTorch's values, and its noise
 *
 * tests/gold/unet.tsv comes from tests/reference/torch-unet.py.
 */
#include <stdlib.h>

#include "reference.h"
#include "unet.h"

enum { N = 5, STEPS = 5, WIDTH = 64, PIXELS = NN_UNET_SIDE * NN_UNET_SIDE };

struct now {
	struct nn	*net;
	const struct nn_conf *conf;
	nn_real		*x, *e;
};

static struct nn_node *
noise(const struct now *n)
{
	static const int t[N] = { 0, 249, 498, 747, 996 };

	return nn_unet_predict_noise(n->net, n->conf, nn_input(n->net, NN_SHAPE(N, 1,
	    NN_UNET_SIDE, NN_UNET_SIDE), n->x), t);
}

static struct nn_node *
loss(void *arg, size_t *wrong)
{
	const struct now *n = arg;

	*wrong = 0;
	return nn_mse_loss(noise(n), n->e);
}

static void
compare(enum nn_precision precision)
{
	struct reference ref = { "tests/gold/unet.tsv", "unet", nn_open(0, 2),
		1e-4 };
	struct course c = { .steps = STEPS, .loss = loss,
		.optimizer = { .rule = &nn_adamw, .lr = 1e-3, .weight_decay = 1e-2,
		    .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8 } };
	nn_real *x = malloc(N * PIXELS * sizeof *x);
	nn_real *e = malloc(N * PIXELS * sizeof *e);
	struct nn_conf conf = { 0 };
	struct now now = { ref.net, &conf, x, e };
	struct nn_node *w;

	nn_set_precision(ref.net, precision);
	nn_conf_set(&conf, "unet.width", "%d", WIDTH);
	for (size_t i = 0; i < N * PIXELS; i++) {
		x[i] = scatter(i, 0);
		e[i] = scatter(i, 1);
	}
	noise(&now);
	nn_reset(ref.net);
	nn_seal(ref.net);
	fill(ref.net);
	w = nn_find_param(ref.net, "model.time_embed.0.W");
	for (size_t i = 0; i < 4 * WIDTH; i++)
		w->x[i] = 30 * scatter(i, 2);
	compare_course(&ref, c, &now);
	nn_conf_free(&conf);
	nn_close(ref.net);
	free(x);
	free(e);
}

/* Two pictures, bright and dark: along their difference the first noise varies
 * as theirs does, across it as normal noise. */
static void
beginning(void)
{
	enum { STARTS = 2000 };
	struct nn *net = nn_open(0, 2);
	struct nn_images like = { .n = 2, .channels = 1, .height = NN_UNET_SIDE,
		.width = NN_UNET_SIDE, .pixel = calloc(2, PIXELS) };
	nn_real *x = malloc(STARTS * PIXELS * sizeof *x);
	double beta[NN_UNET_TIMESTEPS], kept[NN_UNET_TIMESTEPS], a, half, along = 0;
	double across = 0, mean = 0, still = 0, far;

	for (int i = 0; i < PIXELS; i++)
		like.pixel[i] = i % 2 ? 250 : 0;
	ok(nn_unet_sample_start(net, 1, x, STARTS, &like) == 0, "starts");
	nn_unet_schedule(beta, kept);
	a = kept[NN_UNET_TIMESTEPS - 1];
	half = 250 / 255. / nn_unet_std / 2;
	for (int k = 0; k < STARTS; k++) {
		double s = 0, t = 0;

		for (int i = 0; i < PIXELS; i++) {
			s += (i % 2) * x[k * PIXELS + i];
			t += (i % 4 == 0) * x[k * PIXELS + i];
		}
		mean += s / STARTS;
		still += t / STARTS;
		along += s * s / STARTS;
		across += t * t / STARTS;
	}
	/* 392 bright pixels move together, 196 dark ones do not */
	mean /= PIXELS / 2;
	far = sqrt(a) * (half - nn_unet_mean / nn_unet_std);
	ok(fabs(mean - far) < 0.05, "mean %g, wanted %g", mean, far);
	along = along / (PIXELS / 2) - mean * mean * PIXELS / 2;
	far = 1 - a + a * half * half * PIXELS / 2;
	ok(fabs(along / far - 1) < 0.1, "variance %g, wanted %g", along, far);
	across = (across - still * still) / (PIXELS / 4);
	ok(fabs(across / (1 - a) - 1) < 0.1, "elsewhere %g, wanted %g", across,
	    1 - a);
	like.height = 27;
	ok(nn_unet_sample_start(net, 1, x, 1, &like) < 0, "%s", nn_error(net));
	nn_images_free(&like);
	nn_close(net);
	free(x);
}

int
main(void)
{
	compare(NN_PRECISION_F32);
	beginning();
	return tap_done();
}
