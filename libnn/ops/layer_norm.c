/* layer_norm.c - layer normalization (Ba et al. 2016) of each row */
#include <tgmath.h>

#include "core/tape.h"

static const double EPS = 1e-5;

static int
shape(struct nn_node *y)
{
	y->shape = y->in[0]->shape;
	return y->in[1]->len == nn_cols_of(y->in[0]) &&
	    y->in[2]->len == y->in[1]->len ? 0 : nn_fail_shape(y);
}

/* aux: of each row its mean and 1 / its standard deviation */
static void
normalize_rows(void *arg, int part)
{
	struct nn_node *y = arg;
	const nn_real *w = y->in[1]->x, *b = y->in[2]->x;
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	struct nn_range p = nn_range_of(n, part, nn_ranges_for(n, m));

	for (size_t i = p.from; i < p.to; i++) {
		const nn_real *x = y->in[0]->x + i * m;
		nn_real *restrict to = y->x + i * m;
		nn_real *stat = (nn_real *)y->aux + 2 * i;
		nn_real sum = 0, square = 0;

		#pragma omp simd reduction(+:sum)
		for (size_t j = 0; j < m; j++)
			sum += x[j];
		stat[0] = sum / m;
		#pragma omp simd reduction(+:square)
		for (size_t j = 0; j < m; j++)
			square += (x[j] - stat[0]) * (x[j] - stat[0]);
		stat[1] = 1 / sqrt(square / m + (nn_real)EPS);
		for (size_t j = 0; j < m; j++)
			to[j] = (x[j] - stat[0]) * stat[1] * w[j] + b[j];
	}
}

static void
forward(struct nn_node *y)
{
	y->aux = nn_alloc(y->net, 2 * nn_rows_of(y), sizeof(nn_real));
	if (y->aux)
		nn_team_do(nn_team_of(y->net),
		    nn_ranges_for(nn_rows_of(y), nn_cols_of(y)),
		    normalize_rows, y);
}

static void
backprop_rows(void *arg, int part)
{
	struct nn_node *y = arg;
	const nn_real *w = y->in[1]->x;
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	struct nn_range p = nn_range_of(n, part, nn_ranges_for(n, m));

	for (size_t i = p.from; i < p.to; i++) {
		const nn_real *x = y->in[0]->x + i * m, *dy = y->g + i * m;
		const nn_real *stat = (nn_real *)y->aux + 2 * i;
		nn_real *restrict dx = y->in[0]->g + i * m;
		nn_real sum = 0, dot = 0;

		#pragma omp simd reduction(+:sum, dot)
		for (size_t j = 0; j < m; j++) {
			sum += dy[j] * w[j];
			dot += dy[j] * w[j] * (x[j] - stat[0]);
		}
		sum /= m;
		dot *= stat[1] * stat[1] / m;
		for (size_t j = 0; j < m; j++)
			dx[j] += stat[1] * (dy[j] * w[j] - sum -
			    (x[j] - stat[0]) * dot);
	}
}

/* A unit of work is COLUMNS columns of all rows: sums have one order. */
enum { COLUMNS = 64 };

static void
backprop_weight(void *arg, int part)
{
	struct nn_node *y = arg;
	size_t m = nn_cols_of(y), from = (size_t)part * COLUMNS;
	size_t end = m - from < COLUMNS ? m : from + COLUMNS;
	nn_real *restrict dw = y->in[1]->g;

	for (size_t i = 0; i < nn_rows_of(y); i++) {
		const nn_real *x = y->in[0]->x + i * m, *dy = y->g + i * m;
		const nn_real *stat = (nn_real *)y->aux + 2 * i;

		for (size_t j = from; j < end; j++)
			dw[j] += dy[j] * (x[j] - stat[0]) * stat[1];
	}
}

static void
backward(struct nn_node *y)
{
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	nn_real *dw = nn_grad(y->in[1]), *db = nn_grad(y->in[2]);

	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net), nn_ranges_for(n, m),
		    backprop_rows, y);
	if (db)
		nn_sum_rows(y->net, db, y->g, n, m);
	if (dw)
		nn_team_do(nn_team_of(y->net), (m + COLUMNS - 1) / COLUMNS,
		    backprop_weight, y);
}

struct nn_node *
nn_layer_norm(struct nn_node *x, struct nn_node *w, struct nn_node *b)
{
	static const struct nn_op op = { "layer_norm", shape, forward, backward,
		0 };

	return nn_apply(&op, NULL, x, w, b);
}
