/* images.c - gradient checks of image ops and losses */
#include "grad.h"

/* A parameter of images of 4 x 4 pixels, all different. */
static struct nn_node *
images(struct nn *net, size_t channels)
{
	struct nn_node *p = nn_find_param(net, "x");

	if (p)
		return p;
	p = nn_param(net, NN_SHAPE(2, channels, 4, 4), (struct nn_init){ 0 },
	    "x");
	for (size_t i = 0; i < p->len; i++)
		p->x[i] = sin(1.7 * i) + 1e-3 * i;
	return p;
}

static struct nn_node *
reduce_image(struct nn_node *y)
{
	size_t k;

	if (y == NULL)
		return NULL;
	k = y->shape.dim[2];
	return reduce(nn_flatten(nn_conv2d(y,
	    input4(y->net, 16, y->shape.dim[1], k), input(y->net, 1, 16), 1,
	    0)));
}

static struct nn_node *
conv(struct nn *net)
{
	return reduce_image(nn_conv2d(images(net, 3), param4(net, "a", 16, 3, 3),
	    param(net, "b", 1, 16), 1, 1));
}

static struct nn_node *
conv_stride(struct nn *net)
{
	return reduce_image(nn_conv2d(images(net, 3), param4(net, "a", 16, 3, 3),
	    param(net, "b", 1, 16), 2, 1));
}

/* Images of any size. */
static struct nn_node *
pixels(struct nn *net, size_t channels, size_t side)
{
	struct nn_node *p = nn_param(net, NN_SHAPE(2, channels, side, side),
	    (struct nn_init){ .bound = 1 }, "x");

	return p;
}

static struct nn_node *
mse_loss(struct nn_node *y)
{
	return y ? nn_mse_loss(y, input(y->net, 1, y->len)->x) : NULL;
}

static struct nn_node *
conv_open(struct nn *net)
{
	return mse_loss(nn_conv2d(pixels(net, 1, 4),
	    param4(net, "a", 16, 1, 3), NULL, 1, 0));
}

static struct nn_node *
deconv(struct nn *net)
{
	return mse_loss(nn_conv_transpose2d(pixels(net, 16, 2),
	    param4(net, "a", 16, 16, 2), 1, 0));
}

static struct nn_node *
deconv_stride(struct nn *net)
{
	struct nn_node *x = pixels(net, 16, 2), *w = param4(net, "a", 16, 16, 2);

	/* each is used twice: gradients are added */
	return mse_loss(nn_add(nn_conv_transpose2d(nn_scale(x, 2), w, 2, 1),
	    nn_conv_transpose2d(x, w, 2, 1)));
}

static struct nn_node *
deconv_few(struct nn *net)
{
	return mse_loss(nn_conv_transpose2d(pixels(net, 32, 2),
	    param4(net, "a", 32, 3, 3), 2, 1));
}

static struct nn_node *
add_channels(struct nn *net)
{
	return mse_loss(nn_channel_bias(nn_channel_bias(pixels(net, 16, 2),
	    param(net, "a", 1, 16)), param(net, "b", 2, 16)));
}

static struct nn_node *
add_few_channels(struct nn *net)
{
	return mse_loss(nn_channel_bias(nn_channel_bias(pixels(net, 3, 2),
	    param(net, "a", 1, 3)), param(net, "b", 2, 3)));
}

/* Groups within a block of channels, and across two. */
static struct nn_node *
group_norm(struct nn *net)
{
	return mse_loss(nn_group_norm(pixels(net, 16, 2), NULL,
	    param(net, "a", 1, 16), param(net, "b", 1, 16), 8,
	    false));
}

static struct nn_node *
group_norm_wide(struct nn *net)
{
	struct nn_node *x = pixels(net, 48, 2);

	return mse_loss(nn_add(nn_group_norm(x, param(net, "c", 2, 48),
	    param(net, "a", 1, 48), param(net, "b", 1, 48), 2,
	    true), x));
}

static struct nn_node *
batchnorm(struct nn *net)
{
	return reduce_image(nn_layer_batchnorm(images(net, 16), false, "bn"));
}

static struct nn_node *
batchnorm_relu(struct nn *net)
{
	return reduce_image(nn_layer_batchnorm(images(net, 16), true, "bn"));
}

static struct nn_node *
max_pool(struct nn *net)
{
	return reduce_image(nn_max_pool2d(images(net, 16), 2));
}

static struct nn_node *
mean_pool(struct nn *net)
{
	return reduce_image(nn_avg_pool2d(images(net, 16), 2));
}

static const int label[] = { 2, 0, 1, 3, 3 };

static struct nn_node *
cross_entropy(struct nn *net)
{
	return nn_cross_entropy(param(net, "a", 5, 4), label, NULL);
}

static struct nn_node *
square_error(struct nn *net)
{
	return nn_mse_loss_one_hot(param(net, "a", 5, 4), label, NULL);
}

static struct nn_node *
distance(struct nn *net)
{
	return nn_mse_loss(param(net, "a", 5, 4), input(net, 5, 4)->x);
}

int
main(void)
{
	check("cross entropy", cross_entropy);
	check("square error", square_error);
	check("distance", distance);
	check("conv", conv);
	check("conv with stride 2", conv_stride);
	check("conv of one channel, not padded", conv_open);
	check("deconv", deconv);
	check("deconv with stride 2, one more pixel", deconv_stride);
	check("deconv to few channels", deconv_few);
	check("add to channels", add_channels);
	check("add to few channels", add_few_channels);
	check("group norm", group_norm);
	check("add, group norm of wide groups, swish", group_norm_wide);
	check("batch norm", batchnorm);
	check("batch norm and relu", batchnorm_relu);
	check("max pool", max_pool);
	check("mean pool", mean_pool);
	return tap_done();
}
