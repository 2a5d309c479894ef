/*
 * test-mlp.c - the perceptron on images against PyTorch's values
 *
 * tests/gold/mlp.tsv comes from tests/torch-mlp.py.
 */
#include "model/models.h"
#include "reference.h"

enum { N = 30, SIDE = 4, PIXELS = 3 * SIDE * SIDE, STEPS = 5 };

int
main(void)
{
	struct reference ref = { "tests/gold/mlp.tsv", "mlp", nn_open(0, 2),
		1e-5 };
	struct nn_optimiser sgd = { .rule = &nn_sgd, .lr = 0.1, .decay = 1e-2,
		.momentum = 0.9 };
	struct nn_images images = { .channels = 3, .height = SIDE,
		.width = SIDE };
	struct nn_conf conf = { 0 };
	FILE *f = fopen(ref.table, "r");
	static nn_real x[N * PIXELS];
	int label[N];
	struct nn_batch batch = { N, NULL, label, x, &images };

	nn_conf_set(&conf, "mlp.width", "16");
	for (int i = 0; i < N * PIXELS; i++)
		x[i] = sin(0.7 * i);
	for (int i = 0; i < N; i++)
		label[i] = i * 3 % NN_CLASSES;
	mlp.loss(ref.net, &conf, &batch, NULL);
	nn_reset(ref.net);
	nn_seal(ref.net);
	fill(ref.net);
	nn_optimiser_open(&sgd, ref.net);
	for (int step = 0; step < STEPS; step++) {
		struct nn_node *loss;
		size_t wrong;

		nn_reset(ref.net);
		loss = mlp.loss(ref.net, &conf, &batch, &wrong);
		nn_backward(loss);
		compare_loss(f, &ref, step, loss->x[0], wrong);
		if (step == 0)
			compare_all(&ref, "gradient");
		nn_optimiser_step(&sgd, ref.net, step + 1);
	}
	compare_all(&ref, "weights");
	if (f)
		fclose(f);
	nn_optimiser_close(&sgd);
	nn_conf_free(&conf);
	nn_close(ref.net);
	return tap_done();
}
