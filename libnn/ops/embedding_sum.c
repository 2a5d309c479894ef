/* embedding_sum.c - sums of k rows of a table: products with k-hot inputs */
#include <string.h>

#include "core/tape.h"

enum { COLUMNS = 64 };

struct arg { const int *id; size_t n; int k; };

static int
shape(struct nn_node *y)
{
	const struct arg *a = y->arg;
	const struct nn_node *w = y->in[0];

	y->shape = NN_SHAPE(a->n, nn_cols_of(w));
	for (size_t i = 0; i < a->n * a->k; i++)
		if (a->id[i] < 0 || (size_t)a->id[i] >= nn_rows_of(w))
			return nn_fail(y->net, "embedding_sum: row %d of %zu",
			    a->id[i], nn_rows_of(w));
	return w->shape.rank == 2 ? 0 : nn_fail_shape(y);
}

static void
sum_table_rows(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct arg *a = y->arg;
	size_t m = nn_cols_of(y);
	struct nn_range p = nn_range_of(a->n, part, nn_ranges_for(a->n, m));

	memset(y->x + p.from * m, 0, (p.to - p.from) * m * sizeof *y->x);
	for (size_t i = p.from * a->k; i < p.to * a->k; i++) {
		const nn_real *w = y->in[0]->x + a->id[i] * m;
		nn_real *restrict to = y->x + i / a->k * m;

		for (size_t j = 0; j < m; j++)
			to[j] += w[j];
	}
}

static void
forward(struct nn_node *y)
{
	nn_team_do(nn_team_of(y->net),
	    nn_ranges_for(nn_rows_of(y), nn_cols_of(y)), sum_table_rows, y);
}

/* Several rows add to one row of the table, so a unit of work is COLUMNS
 * columns of all rows. */
static void
backprop_columns(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct arg *a = y->arg;
	size_t m = nn_cols_of(y), from = (size_t)part * COLUMNS;
	size_t n = m - from < COLUMNS ? m - from : COLUMNS;

	for (size_t i = 0; i < a->n * a->k; i++) {
		const nn_real *dy = y->g + i / a->k * m + from;
		nn_real *restrict dw = y->in[0]->g + a->id[i] * m + from;

		for (size_t j = 0; j < n; j++)
			dw[j] += dy[j];
	}
}

static void
backward(struct nn_node *y)
{
	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net),
		    (nn_cols_of(y) + COLUMNS - 1) / COLUMNS, backprop_columns,
		    y);
}

struct nn_node *
nn_embedding_sum(struct nn_node *w, const int *id, size_t n, int k)
{
	static const struct nn_op op = { "embedding_sum", shape, forward,
		backward, sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ id, n, k }), w);
}
