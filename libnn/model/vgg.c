/*
 * vgg.c - VGG-16 (Simonyan and Zisserman 2015) with batch normalization, as in
 * the paper's code for CIFAR-10: images of 32 x 32 pixels, one linear layer
 */
#include "core/tape.h"
#include "models.h"

enum { MAX_POOL = 0, AVG_POOL = -1 };

/* Output channels at vgg.width 64. */
static const int layers[] = { 64, 64, MAX_POOL, 128, 128, MAX_POOL, 256, 256,
	256, MAX_POOL, 512, 512, 512, MAX_POOL, 512, 512, 512, AVG_POOL };

static struct nn_node *
loss(struct nn *net, const struct nn_conf *c, const struct nn_batch *batch,
    struct nn_score *score)
{
	int64_t width = nn_conf_int(c, "vgg.width");
	struct nn_node *x = nn_images_input(net, batch, width);

	if (x == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
		if (layers[i] == MAX_POOL) {
			x = nn_max_pool2d(x, 2);
		} else if (layers[i] == AVG_POOL) {
			x = nn_avg_pool2d(x, 2);
		} else {
			x = nn_layer_conv2d(x, layers[i] * width / 64, 3, 1,
			    true, "model.layers.%zu.conv", i);
			x = nn_layer_batchnorm(x, true,
			    "model.layers.%zu.bn", i);
		}
	x = nn_layer_linear(nn_flatten(x), NN_CLASSES, "model.fc");
	return nn_cross_entropy(x, batch->label, score);
}

#define C(n) "model.layers." #n ".conv.weight"
#define LINK(a, b) C(a) "\t" C(b) "\tconv\n"

const struct nn_model nn_model_vgg = {
	.name = "vgg", .data = nn_images_data, .loss = loss, .links =
	LINK(0, 1) LINK(1, 3) LINK(3, 4) LINK(4, 6) LINK(6, 7) LINK(7, 8)
	LINK(8, 10) LINK(10, 11) LINK(11, 12) LINK(12, 14) LINK(14, 15)
	LINK(15, 16) C(16) "\tmodel.fc.weight\tlinear\n"
};
