/* silu.c - SiLU, or swish: x / (1 + e^-x) */
#include "core/tape.h"
#include "kernels/fastmath.h"

static void
apply_range(struct nn_node *y, struct nn_range p)
{
	const nn_real *x = y->in[0]->x;
	nn_real *restrict to = y->x;

	for (size_t j = p.from; j < p.to; j++)
		to[j] = x[j] * nn_sigmoid(x[j]);
}

static void
forward(struct nn_node *y)
{
	nn_parallel_for(y, apply_range);
}

static void
backprop_range(struct nn_node *y, struct nn_range p)
{
	const nn_real *x = y->in[0]->x, *dy = y->g;
	nn_real *restrict dx = y->in[0]->g;

	for (size_t j = p.from; j < p.to; j++)
		dx[j] += dy[j] * nn_silu_derivative(x[j]);
}

static void
backward(struct nn_node *y)
{
	if (nn_grad(y->in[0]))
		nn_parallel_for(y, backprop_range);
}

struct nn_node *
nn_silu(struct nn_node *x)
{
	static const struct nn_op op = { "silu", nn_shape_same, forward,
		backward, 0 };

	return nn_apply(&op, NULL, x);
}
