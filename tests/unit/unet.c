/*
 * unet.c - the diffusion network against reference values of PyTorch; sampling
 *
 * tests/gold/unet.tsv comes from tests/reference/torch-unet.py.
 */
#include <stdlib.h>

#include "reference.h"
#include "unet.h"

enum { N = 5, STEPS = 5, WIDTH = 64, PIXELS = NN_UNET_SIDE * NN_UNET_SIDE };

struct input {
	struct nn	*net;
	const struct nn_conf *conf;
	nn_real		*x, *e;
};

static struct nn_node *
predict_noise(const struct input *n)
{
	static const int t[N] = { 0, 249, 498, 747, 996 };

	return nn_unet_predict_noise(n->net, n->conf, nn_input(n->net,
	    NN_SHAPE(N, 1, NN_UNET_SIDE, NN_UNET_SIDE), n->x), t);
}

static struct nn_node *
step_loss(void *arg, size_t *wrong)
{
	const struct input *n = arg;

	*wrong = 0;
	return nn_mse_loss(predict_noise(n), n->e);
}

static void
check_training(enum nn_precision precision)
{
	struct reference ref = { "tests/gold/unet.tsv", "unet", nn_open(0, 2),
		1e-4 };
	struct course c = { .steps = STEPS, .loss = step_loss,
		.optimizer = { .rule = &nn_adamw, .lr = 1e-3,
		    .weight_decay = 1e-2, .beta1 = 0.9,
		    .beta2 = 0.999, .eps = 1e-8 } };
	nn_real *x = malloc(N * PIXELS * sizeof *x);
	nn_real *e = malloc(N * PIXELS * sizeof *e);
	struct nn_conf conf = { 0 };
	struct input input = { ref.net, &conf, x, e };
	struct nn_node *w;

	nn_set_precision(ref.net, precision);
	nn_conf_set(&conf, "unet.width", "%d", WIDTH);
	for (size_t i = 0; i < N * PIXELS; i++) {
		x[i] = scatter(i, 0);
		e[i] = scatter(i, 1);
	}
	predict_noise(&input);
	nn_reset(ref.net);
	nn_seal(ref.net);
	fill_params(ref.net);
	w = nn_find_param(ref.net, "model.time_embed.0.W");
	for (size_t i = 0; i < 4 * WIDTH; i++)
		w->x[i] = 30 * scatter(i, 2);
	compare_course(&ref, c, &input);
	nn_conf_free(&conf);
	nn_close(ref.net);
	free(x);
	free(e);
}

/* Two images, bright and dark: along their difference the initial noise has the
 * variance of the images, orthogonal to it that of normal noise. */
static void
check_initial_noise(void)
{
	enum { STARTS = 2000 };
	struct nn *net = nn_open(0, 2);
	struct nn_images like = { .n = 2, .channels = 1, .height = NN_UNET_SIDE,
		.width = NN_UNET_SIDE, .pixel = calloc(2, PIXELS) };
	nn_real *x = malloc(STARTS * PIXELS * sizeof *x);
	double beta[NN_UNET_TIMESTEPS], alpha_bar[NN_UNET_TIMESTEPS];
	double a, half, along = 0;
	double across = 0, mean = 0, dark = 0, far;

	for (int i = 0; i < PIXELS; i++)
		like.pixel[i] = i % 2 ? 250 : 0;
	ok(nn_unet_sample_start(net, 1, x, STARTS, &like) == 0,
	    "initial noise");
	nn_unet_schedule(beta, alpha_bar);
	a = alpha_bar[NN_UNET_TIMESTEPS - 1];
	half = 250 / 255. / nn_unet_std / 2;
	for (int k = 0; k < STARTS; k++) {
		double s = 0, t = 0;

		for (int i = 0; i < PIXELS; i++) {
			s += (i % 2) * x[k * PIXELS + i];
			t += (i % 4 == 0) * x[k * PIXELS + i];
		}
		mean += s / STARTS;
		dark += t / STARTS;
		along += s * s / STARTS;
		across += t * t / STARTS;
	}
	/* 392 bright pixels vary together, 196 dark ones independently */
	mean /= PIXELS / 2;
	far = sqrt(a) * (half - nn_unet_mean / nn_unet_std);
	ok(fabs(mean - far) < 0.05, "mean %g, expected %g", mean, far);
	along = along / (PIXELS / 2) - mean * mean * PIXELS / 2;
	far = 1 - a + a * half * half * PIXELS / 2;
	ok(fabs(along / far - 1) < 0.1, "variance %g, expected %g", along, far);
	across = (across - dark * dark) / (PIXELS / 4);
	ok(fabs(across / (1 - a) - 1) < 0.1,
	    "orthogonal variance %g, expected %g", across, 1 - a);
	like.height = 27;
	ok(nn_unet_sample_start(net, 1, x, 1, &like) < 0, "%s", nn_error(net));
	nn_images_free(&like);
	nn_close(net);
	free(x);
}

int
main(void)
{
	check_training(NN_PRECISION_F32);
	check_initial_noise();
	return tap_done();
}
