/* conv.c - 2D convolution with zero padding, with or without bias */
#include "kernels/conv.h"

struct arg { size_t stride, padding; };

static struct nn_conv
get_geometry(const struct nn_node *y)
{
	const size_t *x = y->in[0]->shape.dim, *w = y->in[1]->shape.dim;
	const struct arg *a = y->arg;

	return (struct nn_conv){ .n = x[0], .ic = x[1], .h = x[2], .w = x[3],
		.oc = w[0], .k = w[2], .stride = a->stride, .pad = a->padding,
		.bias = y->inputs == 3 };
}

static int
shape(struct nn_node *y)
{
	const struct nn_shape *x = &y->in[0]->shape, *w = &y->in[1]->shape;
	struct nn_conv c;

	if (x->rank != 4 || w->rank != 4 || w->dim[1] != x->dim[1] ||
	    w->dim[2] != w->dim[3] ||
	    (y->inputs == 3 && y->in[2]->len != w->dim[0]))
		return nn_fail_shape(y);
	c = get_geometry(y);
	if (c.oc % NN_BLOCK)
		return nn_fail(y->net, "conv2d: %zu channels, wanted a "
		    "multiple of %d", c.oc, NN_BLOCK);
	if (c.h + 2 * c.pad < c.k || c.w + 2 * c.pad < c.k)
		return nn_fail_shape(y);
	y->shape = NN_SHAPE(c.n, c.oc, nn_conv_out(&c, c.h),
	    nn_conv_out(&c, c.w));
	return 0;
}

static void
forward(struct nn_node *y)
{
	struct nn_conv c = get_geometry(y);

	nn_conv_forward(y->net, &c, y->in[0]->x, y->in[1]->x,
	    c.bias ? y->in[2]->x : NULL, y->x);
}

/* dx is assigned by nn_conv_dgrad, so it is computed apart if there is one to
 * which it has to be added. */
static void
backprop_input(struct nn_node *y, const struct nn_conv *c)
{
	struct nn_node *in = y->in[0];
	nn_real beta, *dx = nn_grad_beta(in, &beta), *sum = NULL;

	if (dx && beta) {
		sum = dx;
		dx = nn_alloc(y->net, in->len, sizeof *dx);
	}
	if (dx)
		nn_conv_dgrad(y->net, c, y->g, y->in[1]->x, dx);
	if (sum && dx)
		nn_sum_rows(y->net, sum, dx, 1, in->len);
}

static void
backward(struct nn_node *y)
{
	struct nn_conv c = get_geometry(y);
	nn_real *dw = nn_grad(y->in[1]);
	nn_real *db = c.bias ? nn_grad(y->in[2]) : NULL;

	backprop_input(y, &c);
	if (dw && (db || !c.bias))
		nn_conv_wgrad(y->net, &c, y->in[0]->x, y->g, dw, db);
}

struct nn_node *
nn_conv2d(struct nn_node *x, struct nn_node *w, struct nn_node *b,
    size_t stride, size_t padding)
{
	static const struct nn_op op = { "conv2d", shape, forward, backward,
		sizeof(struct arg) };
	struct arg a = { stride, padding };

	return b ? nn_apply(&op, &a, x, w, b) : nn_apply(&op, &a, x, w);
}
