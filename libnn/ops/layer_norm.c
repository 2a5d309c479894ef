/* layer_norm.c - rows of mean 0 and variance 1, with a gain and an offset */
#include <tgmath.h>

#include "core/tape.h"

static const double EPS = 1e-5;

static int
shape(struct nn_node *y)
{
	y->shape = y->in[0]->shape;
	return y->in[1]->len == nn_cols_of(y->in[0]) &&
	    y->in[2]->len == y->in[1]->len ? 0 : nn_misfit(y);
}

/* aux: for each row its mean, then 1 / its standard deviation */
static void
some_rows(void *arg, int part)
{
	struct nn_node *y = arg;
	const nn_real *gain = y->in[1]->x, *offset = y->in[2]->x;
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
			to[j] = (x[j] - stat[0]) * stat[1] * gain[j] + offset[j];
	}
}

static void
forward(struct nn_node *y)
{
	y->aux = nn_alloc(y->net, 2 * nn_rows_of(y), sizeof(nn_real));
	if (y->aux)
		nn_team_do(nn_team_of(y->net), nn_ranges_for(nn_rows_of(y), nn_cols_of(y)),
		    some_rows, y);
}

static void
some_rows_back(void *arg, int part)
{
	struct nn_node *y = arg;
	const nn_real *gain = y->in[1]->x;
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	struct nn_range p = nn_range_of(n, part, nn_ranges_for(n, m));

	for (size_t i = p.from; i < p.to; i++) {
		const nn_real *x = y->in[0]->x + i * m, *dy = y->g + i * m;
		const nn_real *stat = (nn_real *)y->aux + 2 * i;
		nn_real *restrict dx = y->in[0]->g + i * m;
		nn_real sum = 0, dot = 0;

		#pragma omp simd reduction(+:sum, dot)
		for (size_t j = 0; j < m; j++) {
			sum += dy[j] * gain[j];
			dot += dy[j] * gain[j] * (x[j] - stat[0]);
		}
		sum /= m;
		dot *= stat[1] * stat[1] / m;
		for (size_t j = 0; j < m; j++)
			dx[j] += stat[1] * (dy[j] * gain[j] - sum -
			    (x[j] - stat[0]) * dot);
	}
}

/* The gain's gradient: threads take columns, so that sums have one order. */
enum { COLUMNS = 64 };

static void
some_columns(void *arg, int part)
{
	struct nn_node *y = arg;
	size_t m = nn_cols_of(y), from = (size_t)part * COLUMNS;
	size_t end = m - from < COLUMNS ? m : from + COLUMNS;
	nn_real *restrict dgain = y->in[1]->g;

	for (size_t i = 0; i < nn_rows_of(y); i++) {
		const nn_real *x = y->in[0]->x + i * m, *dy = y->g + i * m;
		const nn_real *stat = (nn_real *)y->aux + 2 * i;

		for (size_t j = from; j < end; j++)
			dgain[j] += dy[j] * (x[j] - stat[0]) * stat[1];
	}
}

static void
backward(struct nn_node *y)
{
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	nn_real *dgain = nn_grad(y->in[1]), *doffset = nn_grad(y->in[2]);

	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net), nn_ranges_for(n, m), some_rows_back, y);
	if (doffset)
		nn_sum_rows(y->net, doffset, y->g, n, m);
	if (dgain)
		nn_team_do(nn_team_of(y->net), (m + COLUMNS - 1) / COLUMNS,
		    some_columns, y);
}

struct nn_node *
nn_layer_norm(struct nn_node *x, struct nn_node *gain, struct nn_node *offset)
{
	static const struct nn_op op = { "normalize", shape, forward, backward,
		0 };

	return nn_apply(&op, NULL, x, gain, offset);
}
