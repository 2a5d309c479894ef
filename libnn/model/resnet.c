/*
 * resnet.c - ResNet-20 for images of 32 * 32 pixels
 *
 * He et al. (2016), section 4.2, with convolutions of 1 * 1 pixel as shortcuts
 * where the shape changes, as the paper's code has it.
 */
#include "core/tape.h"
#include "models.h"

enum { SEGMENTS = 3, BLOCKS = 3 };

static struct nn_node *
normalized(struct nn_node *x, size_t out, size_t k, size_t stride, bool relu,
    const char *conv, const char *bn, int block)
{
	x = nn_conv2d(x, out, k, stride, false, conv, block);
	return nn_batchnorm(x, relu, bn, block);
}

/* relu(F(x) + x), where x is brought to F's shape if it has another. */
static struct nn_node *
residual(struct nn_node *x, size_t out, size_t stride, int block)
{
	struct nn_node *y;

	y = normalized(x, out, 3, stride, true, "model.blocks.%d.conv1",
	    "model.blocks.%d.bn1", block);
	y = normalized(y, out, 3, 1, false, "model.blocks.%d.conv2",
	    "model.blocks.%d.bn2", block);
	if (stride != 1)
		x = normalized(x, out, 1, stride, false,
		    "model.blocks.%d.shortcut.0", "model.blocks.%d.shortcut.1",
		    block);
	return nn_relu(nn_add(y, x));
}

static struct nn_node *
loss(struct nn *net, const struct nn_conf *c, const struct nn_batch *batch,
    struct nn_score *score)
{
	int64_t width = nn_conf_int(c, "resnet.width", 16);
	struct nn_node *x = nn_images_input(net, batch, width);

	if (x == NULL)
		return NULL;
	x = nn_conv2d(x, width, 3, 1, false, "model.conv");
	x = nn_batchnorm(x, true, "model.bn");
	for (int i = 0; i < SEGMENTS * BLOCKS; i++)
		x = residual(x, (size_t)width << i / BLOCKS,
		    i && i % BLOCKS == 0 ? 2 : 1, i);
	x = nn_mean_pool(x, IMAGES_SIDE >> (SEGMENTS - 1));
	x = nn_linear(nn_flatten(x), NN_CLASSES, "model.fc");
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
