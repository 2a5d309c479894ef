/* op_affine.c - x w' + c, where c is one row or as many as x has */
#include <string.h>

#include "tape.h"

static int
shape(struct nn_node *y)
{
	const struct nn_node *x = y->in[0], *w = y->in[1], *c = y->in[2];

	y->shape = nn_shape(nn_high(x), nn_high(w));
	if (x->shape.rank != 2 || w->shape.rank != 2 ||
	    nn_wide(x) != nn_wide(w))
		return nn_misfit(y);
	if (c->len != nn_high(w) && c->len != nn_high(w) * nn_high(x))
		return nn_misfit(y);
	return 0;
}

static void
copy_rows(void *arg, int i)
{
	struct nn_node *y = arg;
	const struct nn_node *c = y->in[2];
	size_t m = nn_wide(y);
	struct part p = part_of(nn_high(y), i, parts_for(nn_high(y), m));

	for (size_t r = p.from; r < p.to; r++)
		memcpy(y->x + r * m, c->x + (c->len == m ? 0 : r * m),
		    m * sizeof *y->x);
}

static void
forward(struct nn_node *y)
{
	const struct nn_node *x = y->in[0], *w = y->in[1];
	size_t n = nn_high(x), k = nn_wide(x), m = nn_high(w);
	struct gemm g = { .tb = true, .m = n, .n = m, .k = k, .a = x->x,
		.lda = k, .b = w->x, .ldb = k, .beta = 1, .c = y->x, .ldc = m };

	team_do(nn_team(y->net), parts_for(n, m), copy_rows, y);
	gemm_all(y->net, &g);
}

static void
backward(struct nn_node *y)
{
	struct nn_node *x = y->in[0], *w = y->in[1], *c = y->in[2];
	size_t n = nn_high(x), k = nn_wide(x), m = nn_high(w);
	struct gemm dx = { .m = n, .n = k, .k = m, .a = y->g, .lda = m,
		.b = w->x, .ldb = k, .ldc = k };
	struct gemm dw = { .ta = true, .m = m, .n = k, .k = n, .a = y->g,
		.lda = m, .b = x->x, .ldb = k, .ldc = k };
	nn_real beta, *dc;

	if ((dx.c = nn_grad_first(x, &dx.beta)))
		gemm_all(y->net, &dx);
	if ((dw.c = nn_grad_first(w, &dw.beta)))
		gemm_all(y->net, &dw);
	if (c->len == m && (dc = nn_grad(c)))
		add_rows(y->net, dc, y->g, n, m);
	else if ((dc = nn_grad_first(c, &beta)) && beta == 0)
		memcpy(dc, y->g, y->len * sizeof *dc);
	else if (dc)
		add_rows(y->net, dc, y->g, 1, y->len);
}

struct nn_node *
nn_affine(struct nn_node *x, struct nn_node *w, struct nn_node *c)
{
	static const struct nn_op op = { "affine", shape, forward, backward, 0 };

	return nn_apply(&op, NULL, x, w, c);
}
