/* ops.c - gradient checks of general ops */
#include "grad.h"

static struct nn_node *
affine(struct nn *net)
{
	return reduce(nn_linear(param(net, "a", 5, 3), param(net, "b", 4, 3),
	    param(net, "c", 1, 4)));
}

static struct nn_node *
affine_full(struct nn *net)
{
	return reduce(nn_linear(param(net, "a", 5, 3), param(net, "b", 4, 3),
	    param(net, "c", 5, 4)));
}

/* Enough rows for a blocked sum. */
static const int many[1100] = { 1, 2 };

static struct nn_node *
affine_long(struct nn *net)
{
	return reduce(nn_linear(nn_embedding_sum(param(net, "a", 3, 2),
	    many, 1100, 1),
	    param(net, "b", 3, 2), param(net, "c", 1, 3)));
}

static struct nn_node *
matmul(struct nn *net)
{
	return reduce(nn_matmul(param(net, "a", 5, 3), param(net, "b", 3, 4)));
}

static struct nn_node *
twice(struct nn *net)
{
	struct nn_node *a = param(net, "a", 4, 4);

	return reduce(nn_linear(nn_matmul(a, a), a, nn_matmul(a, a)));
}

static struct nn_node *
add(struct nn *net)
{
	return reduce(nn_add(param(net, "a", 5, 3), param(net, "b", 5, 3)));
}

static struct nn_node *
add_row(struct nn *net)
{
	return reduce(nn_add(param(net, "a", 5, 3), param(net, "b", 1, 3)));
}

static struct nn_node *
scale(struct nn *net)
{
	return reduce(nn_scale(param(net, "a", 5, 3), -2.5));
}

static struct nn_node *
relu(struct nn *net)
{
	return reduce(nn_relu(param(net, "a", 5, 3)));
}

static struct nn_node *
swish(struct nn *net)
{
	return reduce(nn_silu(param(net, "a", 5, 3)));
}

static struct nn_node *
transpose(struct nn *net)
{
	return reduce(nn_transpose(param(net, "a", 5, 3)));
}

static struct nn_node *
rows(struct nn *net)
{
	struct nn_node *a = param(net, "a", 5, 3);

	return reduce(nn_matmul(nn_slice(nn_relu(a), 1, 2),
	    nn_slice(a, 2, 3)));
}

static struct nn_node *
embed(struct nn *net)
{
	static const int id[] = { 0, 3, 3, 1, 2, 2, 0, 1 };

	return reduce(nn_embedding_sum(param(net, "a", 4, 70), id, 4, 2));
}

static struct nn_node *
fourier(struct nn *net)
{
	static const int t[] = { 0, 1, 2 };
	struct nn_node *f = nn_param(net, NN_SHAPE(4),
	    (struct nn_init){ .bound = 0.4 }, "a");

	return reduce(nn_fourier_features(f, t, 3));
}

static struct nn_node *
normalize(struct nn *net)
{
	return reduce(nn_layer_norm(param(net, "a", 5, 6),
	    param(net, "b", 1, 6), param(net, "c", 1, 6)));
}

int
main(void)
{
	check("affine, one row added", affine);
	check("affine, all rows added", affine_full);
	check("affine of many rows", affine_long);
	check("matmul", matmul);
	check("one parameter used six times", twice);
	check("add", add);
	check("add a row", add_row);
	check("scale", scale);
	check("relu", relu);
	check("swish", swish);
	check("transpose", transpose);
	check("rows", rows);
	check("embed", embed);
	check("fourier", fourier);
	check("normalize", normalize);
	return tap_done();
}
