/*
 * conv_transpose.c - transposed 2D convolution, without padding or bias
 *
 * It is the gradient of a convolution with respect to its input, and that
 * convolution is in turn its gradient. So with x and y exchanged, and weights
 * (ic, oc, k, k) read as (oc, ic, k, k), all three passes are those of conv.h.
 */
#include "kernels/conv.h"

struct arg { size_t stride, output_padding; };

/* The convolution from y to x. */
static struct nn_conv
get_geometry(const struct nn_node *y)
{
	const size_t *x = y->in[0]->shape.dim, *w = y->in[1]->shape.dim;
	const struct arg *a = y->arg;

	return (struct nn_conv){ .n = x[0], .ic = w[1], .oc = x[1], .k = w[2],
		.h = (x[2] - 1) * a->stride + w[2] + a->output_padding,
		.w = (x[3] - 1) * a->stride + w[2] + a->output_padding,
		.stride = a->stride };
}

static int
shape(struct nn_node *y)
{
	const struct nn_shape *x = &y->in[0]->shape, *w = &y->in[1]->shape;
	const struct arg *a = y->arg;
	struct nn_conv c;

	if (x->rank != 4 || w->rank != 4 || w->dim[0] != x->dim[1] ||
	    w->dim[2] != w->dim[3] || x->dim[2] == 0 || x->dim[3] == 0 ||
	    a->output_padding >= a->stride)
		return nn_fail_shape(y);
	c = get_geometry(y);
	if (c.oc % NN_BLOCK)
		return nn_fail(y->net, "conv_transpose2d: %zu channels, "
		    "wanted a multiple of %d", c.oc, NN_BLOCK);
	y->shape = NN_SHAPE(c.n, c.ic, c.h, c.w);
	return 0;
}

static void
forward(struct nn_node *y)
{
	struct nn_conv c = get_geometry(y);

	nn_conv_dgrad(y->net, &c, y->in[0]->x, y->in[1]->x, y->x);
}

static void
backward(struct nn_node *y)
{
	struct nn_node *x = y->in[0];
	struct nn_conv c = get_geometry(y);
	nn_real beta, *dx = nn_grad_beta(x, &beta), *sum = NULL;
	nn_real *dw = nn_grad(y->in[1]);

	if (dx && beta) {
		sum = dx;
		dx = nn_alloc(y->net, x->len, sizeof *dx);
	}
	if (dx)
		nn_conv_forward(y->net, &c, y->g, y->in[1]->x, NULL, dx);
	if (sum && dx)
		nn_sum_rows(y->net, sum, dx, 1, x->len);
	if (dw)
		nn_conv_wgrad(y->net, &c, y->g, x->x, dw, NULL);
}

struct nn_node *
nn_conv_transpose2d(struct nn_node *x, struct nn_node *w, size_t stride,
    size_t output_padding)
{
	static const struct nn_op op = { "conv_transpose2d", shape, forward,
		backward, sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ stride, output_padding }), x, w);
}
