/*
 * affine.c - x w' + c, where c is one row or as many as x has; perhaps onto
 * a stream that passes by, perhaps max(0, it)
 */
#include <string.h>

#include "core/tape.h"

struct arg {
	bool	across;			/* w is stored as (k, m) */
	bool	relu;
};

static const struct arg *
arg_of(const struct nn_node *y)
{
	return y->arg;
}

/* x (n, k) to y (n, m) */
struct sizes { size_t n, k, m; };

static struct sizes
sizes(const struct nn_node *y)
{
	const struct nn_node *x = y->in[0], *w = y->in[1];

	return (struct sizes){ nn_rows_of(x), nn_cols_of(x),
	    arg_of(y)->across ? nn_cols_of(w) : nn_rows_of(w) };
}

static int
shape(struct nn_node *y)
{
	const struct nn_node *x = y->in[0], *w = y->in[1], *c = y->in[2];
	struct sizes s = sizes(y);

	y->shape = nn_shape(s.n, s.m);
	if (x->shape.rank != 2 || w->shape.rank != 2 ||
	    s.k != (arg_of(y)->across ? nn_rows_of(w) : nn_cols_of(w)))
		return nn_misfit(y);
	if (c->len != s.m && c->len != s.m * s.n)
		return nn_misfit(y);
	return y->inputs == 3 || y->in[3]->len == s.m * s.n ? 0 : nn_misfit(y);
}

/* What the product is added to: c, and the stream if there is one. */
static void
begin(void *arg, int i)
{
	struct nn_node *y = arg;
	const struct nn_node *c = y->in[2];
	size_t m = nn_cols_of(y);
	struct nn_range p = nn_range_of(nn_rows_of(y), i, nn_ranges_for(nn_rows_of(y), m));

	for (size_t r = p.from; r < p.to; r++) {
		const nn_real *row = c->x + (c->len == m ? 0 : r * m);
		nn_real *restrict to = y->x + r * m;

		if (y->inputs == 3) {
			memcpy(to, row, m * sizeof *to);
			continue;
		}
		for (size_t j = 0; j < m; j++)
			to[j] = row[j] + y->in[3]->x[r * m + j];
	}
}

static void
cut(void *arg, int i)
{
	struct nn_node *y = arg;
	struct nn_range p = nn_range_of(y->len, i, nn_ranges_for(y->len, 1));

	for (size_t j = p.from; j < p.to; j++)
		y->x[j] = y->x[j] > 0 ? y->x[j] : 0;
}

static void
forward(struct nn_node *y)
{
	struct sizes s = sizes(y);
	bool across = arg_of(y)->across;
	struct nn_gemm g = { .tb = !across, .m = s.n, .n = s.m, .k = s.k,
		.a = y->in[0]->x, .lda = s.k, .b = y->in[1]->x,
		.ldb = across ? s.m : s.k, .beta = 1, .c = y->x, .ldc = s.m };

	nn_team_do(nn_team_of(y->net), nn_ranges_for(s.n, s.m), begin, y);
	nn_gemm(y->net, &g);
	if (arg_of(y)->relu)
		nn_team_do(nn_team_of(y->net), nn_ranges_for(y->len, 1), cut, y);
}

static void
cut_back(void *arg, int i)
{
	struct nn_node *y = arg;
	struct nn_range p = nn_range_of(y->len, i, nn_ranges_for(y->len, 1));

	for (size_t j = p.from; j < p.to; j++)
		y->g[j] = y->x[j] > 0 ? y->g[j] : 0;
}

static void
to_weights(struct nn_node *y, const struct sizes *s)
{
	const nn_real *x = y->in[0]->x;
	struct nn_gemm g = { .ta = true, .m = s->m, .n = s->k, .k = s->n,
		.a = y->g, .lda = s->m, .b = x, .ldb = s->k, .ldc = s->k };
	struct nn_gemm across = { .ta = true, .m = s->k, .n = s->m, .k = s->n,
		.a = x, .lda = s->k, .b = y->g, .ldb = s->m, .ldc = s->m };

	if (arg_of(y)->across)
		g = across;
	if ((g.c = nn_grad_first(y->in[1], &g.beta)))
		nn_gemm(y->net, &g);
}

static void
backward(struct nn_node *y)
{
	struct nn_node *x = y->in[0], *w = y->in[1], *c = y->in[2];
	struct sizes s = sizes(y);
	bool across = arg_of(y)->across;
	struct nn_gemm dx = { .tb = across, .m = s.n, .n = s.k, .k = s.m,
		.a = y->g, .lda = s.m, .b = w->x, .ldb = across ? s.m : s.k,
		.ldc = s.k };
	nn_real *dc;

	if (arg_of(y)->relu)
		nn_team_do(nn_team_of(y->net), nn_ranges_for(y->len, 1), cut_back, y);
	if ((dx.c = nn_grad_first(x, &dx.beta)))
		nn_gemm(y->net, &dx);
	to_weights(y, &s);
	if (c->len == s.m && (dc = nn_grad(c)))
		nn_sum_rows(y->net, dc, y->g, s.n, s.m);
	if (y->inputs == 4)
		nn_grad_pass(y, y->in[3]);
	else if (c->len != s.m)
		nn_grad_pass(y, c);
}

struct nn_node *
nn_affine(struct nn_node *x, struct nn_node *w, struct nn_node *c)
{
	return nn_affine_in(x, w, c, false, false);
}

static const struct nn_op op = { "affine", shape, forward, backward,
	sizeof(struct arg) };

struct nn_node *
nn_affine_in(struct nn_node *x, struct nn_node *w, struct nn_node *c,
    bool across, bool relu)
{
	return nn_apply(&op, (&(struct arg){ across, relu }), x, w, c);
}

struct nn_node *
nn_affine_onto(struct nn_node *h, struct nn_node *x, struct nn_node *w,
    struct nn_node *c, bool across)
{
	return nn_apply(&op, (&(struct arg){ across, false }), x, w, c, h);
}
