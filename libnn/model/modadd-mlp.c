/*
 * modadd-mlp.c - the perceptron of five layers that learns a + b mod p
 *
 * Its input is one-hot a and one-hot b, so the first layer is the sum of two
 * columns of its weight matrix.
 */
#include <math.h>

#include "core/tape.h"
#include "models.h"

static struct nn_node *
forward(struct nn *net, int p, size_t width, const struct nn_batch *batch)
{
	struct nn_init init = { .bound = 1 / sqrt(2 * p) };
	struct nn_node *w = nn_param(net, NN_SHAPE(width, 2 * p), init,
	    "model.layers.0.weight");
	struct nn_node *b = nn_param(net, NN_SHAPE(width), init,
	    "model.layers.0.bias");
	struct nn_node *x = nn_add(nn_embedding_sum(nn_transpose(w),
	    batch->input, batch->n, 2), b);

	for (int i = 1; i <= 3; i++)
		x = nn_layer_linear(nn_relu(x), width, "model.layers.%d", i);
	return nn_layer_linear(nn_relu(x), p, "model.layers.4");
}

static struct nn_node *
loss(struct nn *net, const struct nn_conf *c, const struct nn_batch *batch,
    struct nn_score *score)
{
	int64_t p = nn_conf_int(c, "modadd.p");
	int64_t width = nn_conf_int(c, "modadd.width");

	if (width < 1 || width > 4096) {
		nn_fail(net, "modadd.width: wanted 1 to 4096, got %lld",
		    (long long)width);
		return NULL;
	}
	return nn_mse_loss_one_hot(forward(net, p, width, batch), batch->label,
	    score);
}

const struct nn_model nn_model_modadd_mlp = {
	.name = "modadd-mlp", .data = nn_modadd_data, .loss = loss, .links =
	"model.layers.0.weight\tmodel.layers.1.weight\tlinear\n"
	"model.layers.1.weight\tmodel.layers.2.weight\tlinear\n"
	"model.layers.2.weight\tmodel.layers.3.weight\tlinear\n"
	"model.layers.3.weight\tmodel.layers.4.weight\tlinear\n"
};
