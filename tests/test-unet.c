/*
 * test-unet.c - the diffusion network against PyTorch's values, and its noise
 *
 * tests/gold/unet.tsv comes from tests/torch-unet.py.
 */
#include <stdlib.h>

#include "model/unet.h"
#include "reference.h"

enum { N = 5, STEPS = 5, WIDTH = 64, PIXELS = UNET_SIDE * UNET_SIDE };

struct now {
	struct nn	*net;
	const struct nn_conf *conf;
	nn_real		*x, *e;
};

static struct nn_node *
noise(const struct now *n)
{
	static const int t[N] = { 0, 249, 498, 747, 996 };

	return unet_noise(n->net, n->conf, nn_input(n->net, nn_shape(N, 1,
	    UNET_SIDE, UNET_SIDE), n->x), t);
}

static struct nn_node *
loss(void *arg, size_t *wrong)
{
	const struct now *n = arg;

	*wrong = 0;
	return nn_distance(noise(n), n->e);
}

static void
compare(enum nn_products products)
{
	struct reference ref = { "tests/gold/unet.tsv", "unet", nn_open(0, 2),
		1e-4 };
	struct course c = { .steps = STEPS, .loss = loss,
		.optimiser = { .rule = &nn_adamw, .lr = 1e-3, .decay = 1e-2,
		    .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8 } };
	nn_real *x = malloc(N * PIXELS * sizeof *x);
	nn_real *e = malloc(N * PIXELS * sizeof *e);
	struct nn_conf conf = { 0 };
	struct now now = { ref.net, &conf, x, e };
	struct nn_node *w;

	nn_set_products(ref.net, products);
	nn_conf_set(&conf, "unet.width", "%d", WIDTH);
	for (size_t i = 0; i < N * PIXELS; i++) {
		x[i] = scatter(i, 0);
		e[i] = scatter(i, 1);
	}
	noise(&now);
	nn_reset(ref.net);
	nn_seal(ref.net);
	fill(ref.net);
	w = nn_find(ref.net, "model.time_embed.0.W");
	for (size_t i = 0; i < 4 * WIDTH; i++)
		w->x[i] = 30 * scatter(i, 2);
	compare_course(&ref, c, &now);
	nn_conf_free(&conf);
	nn_close(ref.net);
	free(x);
	free(e);
}

int
main(void)
{
	compare(NN_FAST);
	return tap_done();
}
