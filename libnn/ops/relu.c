/* relu.c - max(0, x) */
#include "core/tape.h"

static void
apply_range(struct nn_node *y, struct nn_range p)
{
	const nn_real *x = y->in[0]->x;
	nn_real *restrict to = y->x;

	for (size_t j = p.from; j < p.to; j++)
		to[j] = x[j] > 0 ? x[j] : 0;
}

static void
forward(struct nn_node *y)
{
	nn_parallel_for(y, apply_range);
}

static void
backprop_range(struct nn_node *y, struct nn_range p)
{
	for (size_t j = p.from; j < p.to; j++)
		y->g[j] = y->x[j] > 0 ? y->g[j] : 0;
}

static void
backward(struct nn_node *y)
{
	nn_parallel_for(y, backprop_range);
	nn_grad_pass(y, y->in[0]);
}

struct nn_node *
nn_relu(struct nn_node *x)
{
	static const struct nn_op op = { "relu", nn_shape_same, forward,
		backward, 0 };

	return nn_apply(&op, NULL, x);
}
