/* images.c - gradient checks of image ops and losses */
#include "grad.h"

/* A parameter of images of 4 x 4 pixels, no two of them equal. */
static struct nn_node *
make_images(struct nn *net, size_t channels)
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
make_image_loss(struct nn_node *y)
{
	size_t k;

	if (y == NULL)
		return NULL;
	k = y->shape.dim[2];
	return make_loss(nn_flatten(nn_conv2d(y, make_input4(y->net, 16,
	    y->shape.dim[1], k), make_input(y->net, 1, 16), 1, 0)));
}

static struct nn_node *
build_conv2d(struct nn *net)
{
	return make_image_loss(nn_conv2d(make_images(net, 3),
	    make_weights4(net, "a", 16, 3, 3), make_param(net, "b", 1, 16),
	    1, 1));
}

static struct nn_node *
build_conv2d_stride(struct nn *net)
{
	return make_image_loss(nn_conv2d(make_images(net, 3),
	    make_weights4(net, "a", 16, 3, 3), make_param(net, "b", 1, 16),
	    2, 1));
}

/* A parameter of images of side x side pixels. */
static struct nn_node *
make_small_images(struct nn *net, size_t channels, size_t side)
{
	return nn_param(net, NN_SHAPE(2, channels, side, side),
	    (struct nn_init){ .bound = 1 }, "x");
}

static struct nn_node *
make_mse(struct nn_node *y)
{
	return y ? nn_mse_loss(y, make_input(y->net, 1, y->len)->x) : NULL;
}

static struct nn_node *
build_conv2d_unpadded(struct nn *net)
{
	return make_mse(nn_conv2d(make_small_images(net, 1, 4),
	    make_weights4(net, "a", 16, 1, 3), NULL, 1, 0));
}

static struct nn_node *
build_conv_transpose2d(struct nn *net)
{
	return make_mse(nn_conv_transpose2d(make_small_images(net, 16, 2),
	    make_weights4(net, "a", 16, 16, 2), 1, 0));
}

static struct nn_node *
build_conv_transpose2d_stride(struct nn *net)
{
	struct nn_node *x = make_small_images(net, 16, 2);
	struct nn_node *w = make_weights4(net, "a", 16, 16, 2);

	/* each is used twice, so that its gradient is a sum */
	return make_mse(nn_add(nn_conv_transpose2d(nn_scale(x, 2), w, 2, 1),
	    nn_conv_transpose2d(x, w, 2, 1)));
}

static struct nn_node *
build_conv_transpose2d_few(struct nn *net)
{
	return make_mse(nn_conv_transpose2d(make_small_images(net, 32, 2),
	    make_weights4(net, "a", 32, 3, 3), 2, 1));
}

static struct nn_node *
build_channel_bias(struct nn *net)
{
	return make_mse(nn_channel_bias(nn_channel_bias(make_small_images(net,
	    16, 2), make_param(net, "a", 1, 16)), make_param(net, "b", 2, 16)));
}

static struct nn_node *
build_channel_bias_few(struct nn *net)
{
	return make_mse(nn_channel_bias(nn_channel_bias(make_small_images(net,
	    3, 2), make_param(net, "a", 1, 3)), make_param(net, "b", 2, 3)));
}

/* Groups inside a block, and across two. */
static struct nn_node *
build_group_norm(struct nn *net)
{
	return make_mse(nn_group_norm(make_small_images(net, 16, 2), NULL,
	    make_param(net, "a", 1, 16), make_param(net, "b", 1, 16), 8,
	    false));
}

static struct nn_node *
build_group_norm_wide(struct nn *net)
{
	struct nn_node *x = make_small_images(net, 48, 2);

	return make_mse(nn_add(nn_group_norm(x, make_param(net, "c", 2, 48),
	    make_param(net, "a", 1, 48), make_param(net, "b", 1, 48), 2,
	    true), x));
}

static struct nn_node *
build_batchnorm(struct nn *net)
{
	return make_image_loss(nn_layer_batchnorm(make_images(net, 16), false,
	    "bn"));
}

static struct nn_node *
build_batchnorm_relu(struct nn *net)
{
	return make_image_loss(nn_layer_batchnorm(make_images(net, 16), true,
	    "bn"));
}

static struct nn_node *
build_max_pool2d(struct nn *net)
{
	return make_image_loss(nn_max_pool2d(make_images(net, 16), 2));
}

static struct nn_node *
build_avg_pool2d(struct nn *net)
{
	return make_image_loss(nn_avg_pool2d(make_images(net, 16), 2));
}

static const int label[] = { 2, 0, 1, 3, 3 };

static struct nn_node *
build_cross_entropy(struct nn *net)
{
	return nn_cross_entropy(make_param(net, "a", 5, 4), label, NULL);
}

static struct nn_node *
build_mse_loss_one_hot(struct nn *net)
{
	return nn_mse_loss_one_hot(make_param(net, "a", 5, 4), label, NULL);
}

static struct nn_node *
build_mse_loss(struct nn *net)
{
	return nn_mse_loss(make_param(net, "a", 5, 4),
	    make_input(net, 5, 4)->x);
}

int
main(void)
{
	check_case("cross_entropy", build_cross_entropy);
	check_case("mse_loss_one_hot", build_mse_loss_one_hot);
	check_case("mse_loss", build_mse_loss);
	check_case("conv2d", build_conv2d);
	check_case("conv2d with stride 2", build_conv2d_stride);
	check_case("conv2d of one channel, without padding",
	    build_conv2d_unpadded);
	check_case("conv_transpose2d", build_conv_transpose2d);
	check_case("conv_transpose2d with stride 2, output padding 1",
	    build_conv_transpose2d_stride);
	check_case("conv_transpose2d to few channels",
	    build_conv_transpose2d_few);
	check_case("channel_bias", build_channel_bias);
	check_case("channel_bias of few channels", build_channel_bias_few);
	check_case("group_norm", build_group_norm);
	check_case("group_norm with bias, wide groups, SiLU",
	    build_group_norm_wide);
	check_case("batch_norm", build_batchnorm);
	check_case("batch_norm with relu", build_batchnorm_relu);
	check_case("max_pool2d", build_max_pool2d);
	check_case("avg_pool2d", build_avg_pool2d);
	return tap_done();
}
