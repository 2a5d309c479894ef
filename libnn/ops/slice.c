/* slice.c - ops on the shape: a range of rows, flattened rows, the transpose */
#include "core/tape.h"

static int
slice_shape(struct nn_node *y)
{
	const size_t *arg = y->arg;
	struct nn_node *a = y->in[0];

	if (arg[0] > nn_rows_of(a) || arg[1] > nn_rows_of(a) - arg[0])
		return nn_fail(y->net, "slice: rows %zu to %zu of %zu",
		    arg[0], arg[0] + arg[1], nn_rows_of(a));
	y->shape = a->shape;
	y->shape.dim[0] = arg[1];
	y->base = a;
	y->offset = arg[0] * nn_cols_of(a);
	return 0;
}

struct nn_node *
nn_slice(struct nn_node *a, size_t from, size_t count)
{
	static const struct nn_op op = { "slice", slice_shape, NULL, NULL,
		2 * sizeof(size_t) };

	return nn_apply(&op, ((size_t[]){ from, count }), a);
}

static int
flatten_shape(struct nn_node *y)
{
	struct nn_node *a = y->in[0];
	const struct nn_shape *s = &a->shape;

	if (s->rank == 4 && s->dim[2] * s->dim[3] != 1)
		return nn_fail_shape(y);	/* not in C order */
	y->shape = NN_SHAPE(nn_rows_of(a), nn_cols_of(a));
	y->base = a;
	return 0;
}

struct nn_node *
nn_flatten(struct nn_node *a)
{
	static const struct nn_op op = { "flatten", flatten_shape, NULL, NULL,
		0 };

	return nn_apply(&op, NULL, a);
}

static int
transpose_shape(struct nn_node *y)
{
	const struct nn_node *a = y->in[0];

	y->shape = NN_SHAPE(nn_cols_of(a), nn_rows_of(a));
	return a->shape.rank == 2 ? 0 : nn_fail_shape(y);
}

static void
transpose_forward(struct nn_node *y)
{
	size_t n = nn_rows_of(y), m = nn_cols_of(y);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			y->x[i * m + j] = y->in[0]->x[j * n + i];
}

static void
transpose_backward(struct nn_node *y)
{
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	nn_real *da = nn_grad(y->in[0]);

	for (size_t i = 0; da && i < n; i++)
		for (size_t j = 0; j < m; j++)
			da[j * n + i] += y->g[i * m + j];
}

struct nn_node *
nn_transpose(struct nn_node *a)
{
	static const struct nn_op op = { "transpose", transpose_shape,
		transpose_forward, transpose_backward, 0 };

	return nn_apply(&op, NULL, a);
}
