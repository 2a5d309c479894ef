/*
 * resnet.c - ResNet-20 for images of 32 x 32 pixels
 *
 * He et al. (2016), section 4.2, but as in the paper's code the shortcut is a
 * 1 x 1 convolution where the shape changes.
 */
#include "core/tape.h"
#include "models.h"

enum { SEGMENTS = 3, BLOCKS = 3 };

static struct nn_node *
add_conv_norm(struct nn_node *x, size_t out, size_t k, size_t stride, bool relu,
    const char *conv, const char *bn, int block)
{
	x = nn_layer_conv2d(x, out, k, stride, false, conv, block);
	return nn_layer_batchnorm(x, relu, bn, block);
}

/* relu(F(x) + shortcut(x)) */
static struct nn_node *
add_block(struct nn_node *x, size_t out, size_t stride, int block)
{
	struct nn_node *y;

	y = add_conv_norm(x, out, 3, stride, true, "model.blocks.%d.conv1",
	    "model.blocks.%d.bn1", block);
	y = add_conv_norm(y, out, 3, 1, false, "model.blocks.%d.conv2",
	    "model.blocks.%d.bn2", block);
	if (stride != 1)
		x = add_conv_norm(x, out, 1, stride, false,
		    "model.blocks.%d.shortcut.0", "model.blocks.%d.shortcut.1",
		    block);
	return nn_relu(nn_add(y, x));
}

static struct nn_node *
loss(struct nn *net, const struct nn_conf *c, const struct nn_batch *batch,
    struct nn_score *score)
{
	int64_t width = nn_conf_int(c, "resnet.width");
	struct nn_node *x = nn_images_input(net, batch, width);

	if (x == NULL)
		return NULL;
	x = nn_layer_conv2d(x, width, 3, 1, false, "model.conv");
	x = nn_layer_batchnorm(x, true, "model.bn");
	for (int i = 0; i < SEGMENTS * BLOCKS; i++)
		x = add_block(x, (size_t)width << i / BLOCKS,
		    i && i % BLOCKS == 0 ? 2 : 1, i);
	x = nn_avg_pool2d(x, NN_IMAGE_SIDE >> (SEGMENTS - 1));
	x = nn_layer_linear(nn_flatten(x), NN_CLASSES, "model.fc");
	return nn_cross_entropy(x, batch->label, score);
}

#define B(n, conv) "model.blocks." #n "." conv ".weight"
#define CONV(a, b) a "\t" b "\tconv\n"
#define INSIDE(n) CONV(B(n, "conv1"), B(n, "conv2"))
#define NEXT(n, m) CONV(B(n, "conv2"), B(m, "conv1"))
#define SHORT(n, m) CONV(B(n, "conv2"), B(m, "shortcut.0"))

const struct nn_model nn_model_resnet20 = {
	.name = "resnet20", .data = nn_images_data, .loss = loss, .links =
	CONV("model.conv.weight", B(0, "conv1")) INSIDE(0)
	NEXT(0, 1) INSIDE(1) NEXT(1, 2) INSIDE(2)
	NEXT(2, 3) SHORT(2, 3) INSIDE(3) NEXT(3, 4) INSIDE(4) NEXT(4, 5)
	INSIDE(5) NEXT(5, 6) SHORT(5, 6) INSIDE(6) NEXT(6, 7) INSIDE(7)
	NEXT(7, 8) INSIDE(8) B(8, "conv2") "\tmodel.fc.weight\tlinear\n"
};
