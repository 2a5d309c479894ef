/*
 * test-unet.c - the diffusion network against PyTorch's values, and its noise
 *
 * tests/gold/unet.tsv comes from tests/torch-unet.py.
 */
#include <stdlib.h>

#include "model/unet.h"
#include "reference.h"

enum { N = 5, STEPS = 5, WIDTH = 64, PIXELS = UNET_SIDE * UNET_SIDE };

static void
compare(enum nn_products products)
{
	struct reference ref = { "tests/gold/unet.tsv", "unet", nn_open(0, 2),
		1e-4 };
	struct nn_optimiser adamw = { .rule = &nn_adamw, .lr = 1e-3,
		.decay = 1e-2, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8 };
	nn_real *x = malloc(N * PIXELS * sizeof *x);
	nn_real *e = malloc(N * PIXELS * sizeof *e);
	static const int t[N] = { 0, 249, 498, 747, 996 };
	struct nn_conf conf = { 0 };
	FILE *f = fopen(ref.table, "r");
	struct nn_node *w, *y;

	nn_set_products(ref.net, products);
	nn_conf_set(&conf, "unet.width", "%d", WIDTH);
	for (size_t i = 0; i < N * PIXELS; i++) {
		x[i] = scatter(i, 0);
		e[i] = scatter(i, 1);
	}
	unet_noise(ref.net, &conf, nn_input(ref.net, nn_shape(N, 1, UNET_SIDE,
	    UNET_SIDE), x), t);
	nn_reset(ref.net);
	nn_seal(ref.net);
	fill(ref.net);
	w = nn_find(ref.net, "model.time_embed.0.W");
	for (size_t i = 0; i < 4 * WIDTH; i++)
		w->x[i] = 30 * scatter(i, 2);
	nn_optimiser_open(&adamw, ref.net);
	for (int step = 0; step < STEPS; step++) {
		nn_reset(ref.net);
		y = unet_noise(ref.net, &conf, nn_input(ref.net, nn_shape(N, 1,
		    UNET_SIDE, UNET_SIDE), x), t);
		y = nn_distance(y, e);
		nn_backward(y);
		compare_loss(f, &ref, step, y->x[0], 0);
		if (step == 0)
			compare_all(&ref, "gradient");
		nn_optimiser_step(&adamw, ref.net, step + 1);
	}
	compare_all(&ref, "weights");
	if (f)
		fclose(f);
	nn_optimiser_close(&adamw);
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
