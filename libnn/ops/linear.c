/*
 * linear.c - linear layers: x w' + b or b + x w, where b is one row or as many
 * as x has; with a residual added, or relu applied, in the same pass
 */
#include <string.h>

#include "core/tape.h"

struct arg {
	bool	transposed;		/* w is stored as (k, m) */
	bool	relu;
};

static const struct arg *
get_arg(const struct nn_node *y)
{
	return y->arg;
}

/* x (n, k) to y (n, m) */
struct sizes { size_t n, k, m; };

static struct sizes
get_sizes(const struct nn_node *y)
{
	const struct nn_node *x = y->in[0], *w = y->in[1];

	return (struct sizes){ nn_rows_of(x), nn_cols_of(x),
	    get_arg(y)->transposed ? nn_cols_of(w) : nn_rows_of(w) };
}

static int
shape(struct nn_node *y)
{
	const struct nn_node *x = y->in[0], *w = y->in[1], *b = y->in[2];
	struct sizes s = get_sizes(y);

	y->shape = NN_SHAPE(s.n, s.m);
	if (x->shape.rank != 2 || w->shape.rank != 2 ||
	    s.k != (get_arg(y)->transposed ? nn_rows_of(w) : nn_cols_of(w)))
		return nn_fail_shape(y);
	if (b->len != s.m && b->len != s.m * s.n)
		return nn_fail_shape(y);
	return y->inputs == 3 || y->in[3]->len == s.m * s.n ? 0 :
	    nn_fail_shape(y);
}

/* y = b, or b plus the residual: the matrix product is added to it. */
static void
set_bias(void *arg, int i)
{
	struct nn_node *y = arg;
	const struct nn_node *b = y->in[2];
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	struct nn_range p = nn_range_of(n, i, nn_ranges_for(n, m));

	for (size_t r = p.from; r < p.to; r++) {
		const nn_real *row = b->x + (b->len == m ? 0 : r * m);
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
apply_relu(struct nn_node *y, struct nn_range p)
{
	for (size_t j = p.from; j < p.to; j++)
		y->x[j] = y->x[j] > 0 ? y->x[j] : 0;
}

static void
forward(struct nn_node *y)
{
	struct sizes s = get_sizes(y);
	bool transposed = get_arg(y)->transposed;
	struct nn_gemm g = { .tb = !transposed, .m = s.n, .n = s.m, .k = s.k,
		.a = y->in[0]->x, .lda = s.k, .b = y->in[1]->x,
		.ldb = transposed ? s.m : s.k, .beta = 1, .c = y->x,
		.ldc = s.m };

	nn_team_do(nn_team_of(y->net), nn_ranges_for(s.n, s.m), set_bias, y);
	nn_run_gemm(y->net, &g);
	if (get_arg(y)->relu)
		nn_parallel_for(y, apply_relu);
}

static void
backprop_relu(struct nn_node *y, struct nn_range p)
{
	for (size_t j = p.from; j < p.to; j++)
		y->g[j] = y->x[j] > 0 ? y->g[j] : 0;
}

static void
backprop_weights(struct nn_node *y, const struct sizes *s)
{
	const nn_real *x = y->in[0]->x;
	struct nn_gemm g = { .ta = true, .m = s->m, .n = s->k, .k = s->n,
		.a = y->g, .lda = s->m, .b = x, .ldb = s->k, .ldc = s->k };
	struct nn_gemm transposed = { .ta = true, .m = s->k, .n = s->m,
		.k = s->n, .a = x, .lda = s->k, .b = y->g, .ldb = s->m,
		.ldc = s->m };

	if (get_arg(y)->transposed)
		g = transposed;
	if ((g.c = nn_grad_beta(y->in[1], &g.beta)))
		nn_run_gemm(y->net, &g);
}

static void
backward(struct nn_node *y)
{
	struct nn_node *x = y->in[0], *w = y->in[1], *b = y->in[2];
	struct sizes s = get_sizes(y);
	bool transposed = get_arg(y)->transposed;
	struct nn_gemm dx = { .tb = transposed, .m = s.n, .n = s.k, .k = s.m,
		.a = y->g, .lda = s.m, .b = w->x,
		.ldb = transposed ? s.m : s.k, .ldc = s.k };
	nn_real *db;

	if (get_arg(y)->relu)
		nn_parallel_for(y, backprop_relu);
	if ((dx.c = nn_grad_beta(x, &dx.beta)))
		nn_run_gemm(y->net, &dx);
	backprop_weights(y, &s);
	if (b->len == s.m && (db = nn_grad(b)))
		nn_sum_rows(y->net, db, y->g, s.n, s.m);
	if (y->inputs == 4)
		nn_grad_pass(y, y->in[3]);
	else if (b->len != s.m)
		nn_grad_pass(y, b);
}

static const struct nn_op op = { "linear", shape, forward, backward,
	sizeof(struct arg) };

struct nn_node *
nn_linear(struct nn_node *x, struct nn_node *w, struct nn_node *b)
{
	return nn_apply(&op, (&(struct arg){ false, false }), x, w, b);
}

struct nn_node *
nn_linear_relu(struct nn_node *x, struct nn_node *w, struct nn_node *b)
{
	return nn_apply(&op, (&(struct arg){ false, true }), x, w, b);
}

struct nn_node *
nn_linear_residual(struct nn_node *h, struct nn_node *x, struct nn_node *w,
    struct nn_node *b)
{
	return nn_apply(&op, (&(struct arg){ false, false }), x, w, b, h);
}

struct nn_node *
nn_addmm(struct nn_node *b, struct nn_node *x, struct nn_node *w)
{
	return nn_apply(&op, (&(struct arg){ true, false }), x, w, b);
}

struct nn_node *
nn_addmm_residual(struct nn_node *h, struct nn_node *b, struct nn_node *x,
    struct nn_node *w)
{
	return nn_apply(&op, (&(struct arg){ true, false }), x, w, b, h);
}
