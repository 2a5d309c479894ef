/* ops.c - gradient checks of general ops */
#include "grad.h"

static struct nn_node *
build_linear(struct nn *net)
{
	return make_loss(nn_linear(make_param(net, "a", 5, 3), make_param(net,
	    "b", 4, 3), make_param(net, "c", 1, 4)));
}

static struct nn_node *
build_linear_full(struct nn *net)
{
	return make_loss(nn_linear(make_param(net, "a", 5, 3), make_param(net,
	    "b", 4, 3), make_param(net, "c", 5, 4)));
}

/* Enough rows for the sums over them to be in several ranges. */
static const int many[1100] = { 1, 2 };

static struct nn_node *
build_linear_long(struct nn *net)
{
	return make_loss(nn_linear(nn_embedding_sum(make_param(net, "a", 3, 2),
	    many, 1100, 1), make_param(net, "b", 3, 2), make_param(net, "c", 1,
	    3)));
}

static struct nn_node *
build_matmul(struct nn *net)
{
	return make_loss(nn_matmul(make_param(net, "a", 5, 3), make_param(net,
	    "b", 3, 4)));
}

static struct nn_node *
build_shared(struct nn *net)
{
	struct nn_node *a = make_param(net, "a", 4, 4);

	return make_loss(nn_linear(nn_matmul(a, a), a, nn_matmul(a, a)));
}

static struct nn_node *
build_add(struct nn *net)
{
	return make_loss(nn_add(make_param(net, "a", 5, 3), make_param(net, "b",
	    5, 3)));
}

static struct nn_node *
build_add_row(struct nn *net)
{
	return make_loss(nn_add(make_param(net, "a", 5, 3), make_param(net, "b",
	    1, 3)));
}

static struct nn_node *
build_scale(struct nn *net)
{
	return make_loss(nn_scale(make_param(net, "a", 5, 3), -2.5));
}

static struct nn_node *
build_relu(struct nn *net)
{
	return make_loss(nn_relu(make_param(net, "a", 5, 3)));
}

static struct nn_node *
build_silu(struct nn *net)
{
	return make_loss(nn_silu(make_param(net, "a", 5, 3)));
}

static struct nn_node *
build_transpose(struct nn *net)
{
	return make_loss(nn_transpose(make_param(net, "a", 5, 3)));
}

static struct nn_node *
build_slice(struct nn *net)
{
	struct nn_node *a = make_param(net, "a", 5, 3);

	return make_loss(nn_matmul(nn_slice(nn_relu(a), 1, 2),
	    nn_slice(a, 2, 3)));
}

static struct nn_node *
build_embedding_sum(struct nn *net)
{
	static const int id[] = { 0, 3, 3, 1, 2, 2, 0, 1 };

	return make_loss(nn_embedding_sum(make_param(net, "a", 4, 70), id, 4,
	    2));
}

static struct nn_node *
build_fourier_features(struct nn *net)
{
	static const int t[] = { 0, 1, 2 };
	struct nn_node *f = nn_param(net, NN_SHAPE(4),
	    (struct nn_init){ .bound = 0.4 }, "a");

	return make_loss(nn_fourier_features(f, t, 3));
}

static struct nn_node *
build_layer_norm(struct nn *net)
{
	return make_loss(nn_layer_norm(make_param(net, "a", 5, 6),
	    make_param(net, "b", 1, 6), make_param(net, "c", 1, 6)));
}

int
main(void)
{
	check_case("linear", build_linear);
	check_case("linear, with a bias for each row", build_linear_full);
	check_case("linear of many rows", build_linear_long);
	check_case("matmul", build_matmul);
	check_case("one parameter used six times", build_shared);
	check_case("add", build_add);
	check_case("add, one row", build_add_row);
	check_case("scale", build_scale);
	check_case("relu", build_relu);
	check_case("silu", build_silu);
	check_case("transpose", build_transpose);
	check_case("slice", build_slice);
	check_case("embedding_sum", build_embedding_sum);
	check_case("fourier_features", build_fourier_features);
	check_case("layer_norm", build_layer_norm);
	return tap_done();
}
