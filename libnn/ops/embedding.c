/* embedding.c - embeddings of tokens, and of their positions */
#include "core/tape.h"

struct arg {
	const int *id;
	size_t	 n, length;
	double	 scale;
};

static int
shape(struct nn_node *y)
{
	const struct arg *a = y->arg;
	const struct nn_node *w = y->in[0];
	const struct nn_node *position = y->in[y->inputs - 1];

	y->shape = NN_SHAPE(a->n, nn_cols_of(w));
	for (size_t i = 0; i < a->n; i++)
		if (a->id[i] < 0 || (size_t)a->id[i] >= nn_rows_of(w))
			return nn_fail(y->net, "embedding: token %d, but "
			    "%zu rows",
			    a->id[i], nn_rows_of(w));
	if (w->shape.rank != 2 || a->length < 1 ||
	    nn_cols_of(position) != nn_cols_of(w))
		return nn_fail_shape(y);
	if (y->inputs == 2 && a->length > nn_rows_of(position))
		return nn_fail(y->net, "embedding: %zu tokens, but %zu "
		    "positions",
		    a->length, nn_rows_of(position));
	return 0;
}

static void
look_up_rows(void *arg, int i)
{
	struct nn_node *y = arg;
	const struct arg *a = y->arg;
	size_t m = nn_cols_of(y);
	struct nn_range p = nn_range_of(a->n, i, nn_ranges_for(a->n, m));
	nn_real scale = a->scale;

	for (size_t r = p.from; r < p.to; r++) {
		const nn_real *w = y->in[0]->x + a->id[r] * m;
		nn_real *restrict to = y->x + r * m;

		for (size_t j = 0; j < m; j++)
			to[j] = scale * w[j];
		if (y->inputs == 1)
			continue;
		w = y->in[1]->x + r % a->length * m;
		for (size_t j = 0; j < m; j++)
			to[j] += w[j];
	}
}

static void
forward(struct nn_node *y)
{
	nn_team_do(nn_team_of(y->net),
	    nn_ranges_for(nn_rows_of(y), nn_cols_of(y)), look_up_rows, y);
}

/* Several rows add to one row of a table, so a unit of work is COLUMNS columns
 * of all rows. */
enum { COLUMNS = 64 };

static void
backprop_columns(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct arg *a = y->arg;
	struct nn_node *position = y->inputs == 2 ? y->in[1] : NULL;
	size_t m = nn_cols_of(y), from = (size_t)part * COLUMNS;
	size_t n = m - from < COLUMNS ? m - from : COLUMNS;
	nn_real scale = a->scale;

	for (size_t i = 0; i < a->n; i++) {
		const nn_real *dy = y->g + i * m + from;
		nn_real *restrict dw = y->in[0]->g + a->id[i] * m + from;

		for (size_t j = 0; j < n; j++)
			dw[j] += scale * dy[j];
		if (position == NULL || position->g == NULL)
			continue;
		dw = position->g + i % a->length * m + from;
		for (size_t j = 0; j < n; j++)
			dw[j] += dy[j];
	}
}

static void
backward(struct nn_node *y)
{
	if (y->inputs == 2)
		nn_grad(y->in[1]);
	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net),
		    (nn_cols_of(y) + COLUMNS - 1) / COLUMNS, backprop_columns,
		    y);
}

static const struct nn_op op = { "embedding", shape, forward, backward,
	sizeof(struct arg) };

struct nn_node *
nn_embedding(struct nn_node *w, const int *id, size_t n)
{
	return nn_apply(&op, (&(struct arg){ id, n, 1, 1 }), w);
}

struct nn_node *
nn_embedding_with_positions(struct nn_node *w, const int *id, size_t n,
    double scale, struct nn_node *position, size_t length)
{
	return nn_apply(&op, (&(struct arg){ id, n, length, scale }), w,
	    position);
}
