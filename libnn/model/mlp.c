/* mlp.c - the perceptron of four layers, on flattened images */
#include "core/tape.h"
#include "models.h"

static struct nn_node *
loss(struct nn *net, const struct nn_conf *c, const struct nn_batch *batch,
    struct nn_score *score)
{
	const struct nn_images *s = batch->images;
	int64_t width = nn_conf_int(c, "mlp.width");
	struct nn_node *x = nn_input(net, NN_SHAPE(batch->n,
	    s->channels * s->height * s->width), batch->x);

	if (width < 1 || width > 65536) {
		nn_fail(net, "mlp.width: wanted 1 to 65536, got %lld",
		    (long long)width);
		return NULL;
	}
	for (int i = 0; i < 3; i++)
		x = nn_relu(nn_layer_linear(x, width, "model.layers.%d", i));
	x = nn_layer_linear(x, NN_CLASSES, "model.layers.3");
	return nn_cross_entropy(x, batch->label, score);
}

const struct nn_model nn_model_mlp = {
	.name = "mlp", .data = nn_images_data, .loss = loss, .links =
	"model.layers.0.weight\tmodel.layers.1.weight\tlinear\n"
	"model.layers.1.weight\tmodel.layers.2.weight\tlinear\n"
	"model.layers.2.weight\tmodel.layers.3.weight\tlinear\n"
};
