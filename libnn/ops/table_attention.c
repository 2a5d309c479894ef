/*
 * table_attention.c - attention over rows of a table that all examples share
 *
 * Each example attends to k rows of its own and to the last row L. The weights
 * of a head sum to 1, so that of L is left out, and the output is, for heads h
 * and an example's own rows r,
 *
 *	sum of w t = sum_h t[L, h] + sum_{h, r} w[h, r] (t[r, h] - t[L, h]):
 *
 * a vector that is common to all examples, and k terms a head.
 */
#include <string.h>

#include "core/tape.h"
#include "kernels/fastmath.h"

/* -------------------------------------------------------------- weights */

struct attention { const int *row; size_t n; int k; };

enum { ROW_COST = 1000 };	/* of a row, for nn_ranges_for */

static int
attention_shape(struct nn_node *y)
{
	const struct attention *a = y->arg;
	const struct nn_node *s = y->in[0];

	for (size_t i = 0; i < a->n * a->k; i++)
		if (a->row[i] < 0 || (size_t)a->row[i] >= nn_rows_of(s))
			return nn_fail(y->net, "table_attention: row %d of "
			    "%zu", a->row[i], nn_rows_of(s));
	y->shape = NN_SHAPE(a->n, nn_cols_of(s) * a->k);
	return s->shape.rank == 2 && nn_rows_of(s) ? 0 : nn_fail_shape(y);
}

static void
compute_weights(void *arg, int part)
{
	struct nn_node *y = arg, *s = y->in[0];
	const struct attention *a = y->arg;
	size_t heads = nn_cols_of(s), k = a->k;
	const nn_real *last = s->x + s->len - heads;
	struct nn_range p = nn_range_of(a->n, part,
	    nn_ranges_for(a->n, ROW_COST));

	for (size_t i = p.from; i < p.to; i++)
		for (size_t h = 0; h < heads; h++) {
			nn_real *w = y->x + (i * heads + h) * k;
			nn_real top = last[h], sum;

			for (size_t r = 0; r < k; r++) {
				w[r] = s->x[a->row[i * k + r] * heads + h];
				top = w[r] > top ? w[r] : top;
			}
			sum = nn_exp(last[h] - top);
			for (size_t r = 0; r < k; r++) {
				w[r] = nn_exp(w[r] - top);
				sum += w[r];
			}
			for (size_t r = 0; r < k; r++)
				w[r] /= sum;
		}
}

static void
attention_forward(struct nn_node *y)
{
	nn_team_do(nn_team_of(y->net), nn_ranges_for(nn_rows_of(y), ROW_COST),
	    compute_weights, y);
}

/* Several examples add to one row of the table: the unit of work is a head. */
static void
backprop_weights(void *arg, int h)
{
	struct nn_node *y = arg, *s = y->in[0];
	const struct attention *a = y->arg;
	size_t heads = nn_cols_of(s), k = a->k;
	nn_real *last = s->g + s->len - heads + h;

	for (size_t i = 0; i < a->n; i++) {
		const nn_real *w = y->x + (i * heads + h) * k;
		const nn_real *dw = y->g + (i * heads + h) * k;
		nn_real mean = 0, rest = 1;

		for (size_t r = 0; r < k; r++) {
			mean += w[r] * dw[r];
			rest -= w[r];
		}
		for (size_t r = 0; r < k; r++)
			s->g[a->row[i * k + r] * heads + h] += w[r] *
			    (dw[r] - mean);
		*last -= rest * mean;
	}
}

static void
attention_backward(struct nn_node *y)
{
	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net), nn_cols_of(y->in[0]),
		    backprop_weights, y);
}

struct nn_node *
nn_table_attention(struct nn_node *s, const int *row, size_t n, int k)
{
	static const struct nn_op op = { "table_attention", attention_shape,
		attention_forward, attention_backward,
		sizeof(struct attention) };

	return nn_apply(&op, (&(struct attention){ row, n, k }), s);
}

/* --------------------------------------------------------------- output */

/* Terms are added FOUR at a time: a load and a store of the sum then serve four
 * products. */
enum { FOUR = 4, LANES = 16, COLUMNS = 64 };

struct mix { const int *row; int k; bool relu; };

struct aux {
	uint32_t	*at;		/* (n, heads * k): row * heads + head */
	nn_real		*table;		/* t[r, h] - t[L, h], shaped as t */
	nn_real		*common;	/* (m) */
	nn_real		*dtable;	/* in backward */
};

static int
mix_shape(struct nn_node *y)
{
	const struct mix *a = y->arg;
	const struct nn_node *w = y->in[0], *t = y->in[1], *c = y->in[2];
	size_t heads = nn_cols_of(w) / a->k;

	y->shape = NN_SHAPE(nn_rows_of(w), c->len);
	if (nn_cols_of(w) % a->k || nn_rows_of(t) == 0 ||
	    nn_cols_of(t) != heads * c->len)
		return nn_fail_shape(y);
	return 0;
}

static size_t
count_heads(const struct nn_node *y)
{
	return nn_cols_of(y->in[0]) / ((struct mix *)y->arg)->k;
}

/* t[r, h] - t[L, h] */
static void
subtract_last_row(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct aux *aux = y->aux;
	const struct nn_node *t = y->in[1];
	size_t n = nn_rows_of(t), cols = nn_cols_of(t);
	const nn_real *last = t->x + t->len - cols;
	struct nn_range p = nn_range_of(n, part, nn_ranges_for(n, cols));

	for (size_t i = p.from; i < p.to; i++)
		for (size_t j = 0; j < cols; j++)
			aux->table[i * cols + j] = t->x[i * cols + j] - last[j];
}

/* c + sum_h t[L, h] */
static void
sum_common(struct nn_node *y)
{
	const struct aux *aux = y->aux;
	size_t m = nn_cols_of(y), cols = nn_cols_of(y->in[1]);
	const nn_real *last = y->in[1]->x + y->in[1]->len - cols;

	memcpy(aux->common, y->in[2]->x, m * sizeof *aux->common);
	for (size_t j = 0; j < cols; j++)
		aux->common[j % m] += last[j];
}

static void
add_four_terms(nn_real *restrict y, const nn_real *w, const nn_real *t,
    const uint32_t *at, size_t m)
{
	const nn_real *t0 = t + at[0] * m, *t1 = t + at[1] * m;
	const nn_real *t2 = t + at[2] * m, *t3 = t + at[3] * m;
	nn_real w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];

	for (size_t j = 0; j < m; j++)
		y[j] += w0 * t0[j] + w1 * t1[j] + w2 * t2[j] + w3 * t3[j];
}

static void
add_term(nn_real *restrict y, nn_real w, const nn_real *t, size_t m)
{
	for (size_t j = 0; j < m; j++)
		y[j] += w * t[j];
}

static void
mix_rows(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct mix *a = y->arg;
	const struct aux *aux = y->aux;
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	size_t terms = nn_cols_of(y->in[0]);
	struct nn_range p = nn_range_of(n, part, nn_ranges_for(n, m));

	for (size_t i = p.from; i < p.to; i++) {
		const nn_real *w = y->in[0]->x + i * terms;
		uint32_t *at = aux->at + i * terms;
		nn_real *to = y->x + i * m;
		size_t j = 0;

		for (size_t h = 0, t = 0; h < count_heads(y); h++)
			for (int r = 0; r < a->k; r++, t++)
				at[t] = a->row[i * a->k + r] *
				    count_heads(y) + h;
		memcpy(to, aux->common, m * sizeof *to);
		for (; j + FOUR <= terms; j += FOUR)
			add_four_terms(to, w + j, aux->table, at + j, m);
		for (; j < terms; j++)
			add_term(to, w[j], aux->table + at[j] * m, m);
		for (j = 0; a->relu && j < m; j++)
			to[j] = to[j] > 0 ? to[j] : 0;
	}
}

static void
mix_forward(struct nn_node *y)
{
	struct nn_team *team = nn_team_of(y->net);
	const struct nn_node *t = y->in[1];
	struct aux *aux = y->aux = nn_alloc(y->net, 1, sizeof *aux);

	if (aux == NULL)
		return;
	aux->at = nn_alloc(y->net, y->in[0]->len, sizeof *aux->at);
	aux->table = nn_alloc(y->net, t->len, sizeof *aux->table);
	aux->common = nn_alloc(y->net, nn_cols_of(y), sizeof *aux->common);
	if (!aux->at || !aux->table || !aux->common)
		return;
	sum_common(y);
	nn_team_do(team, nn_ranges_for(nn_rows_of(t), nn_cols_of(t)),
	    subtract_last_row, y);
	nn_team_do(team, nn_ranges_for(nn_rows_of(y), nn_cols_of(y)), mix_rows,
	    y);
}

static nn_real
sum_lanes(nn_real lane[LANES])
{
	for (int half = LANES / 2; half > 0; half /= 2)
		for (int l = 0; l < half; l++)
			lane[l] += lane[l + half];
	return lane[0];
}

/* dot[r] += t[at[r]] . y over m elements for four r */
static void
add_four_products(nn_real *dot, const nn_real *t, const uint32_t *at,
    const nn_real *y, size_t m)
{
	const nn_real *t0 = t + at[0] * m, *t1 = t + at[1] * m;
	const nn_real *t2 = t + at[2] * m, *t3 = t + at[3] * m;
	nn_real a[LANES] = { 0 }, b[LANES] = { 0 };
	nn_real c[LANES] = { 0 }, d[LANES] = { 0 };
	size_t j = 0;

	for (; j + LANES <= m; j += LANES)
		for (int l = 0; l < LANES; l++) {
			a[l] += t0[j + l] * y[j + l];
			b[l] += t1[j + l] * y[j + l];
			c[l] += t2[j + l] * y[j + l];
			d[l] += t3[j + l] * y[j + l];
		}
	for (; j < m; j++) {
		a[0] += t0[j] * y[j];
		b[0] += t1[j] * y[j];
		c[0] += t2[j] * y[j];
		d[0] += t3[j] * y[j];
	}
	dot[0] += sum_lanes(a);
	dot[1] += sum_lanes(b);
	dot[2] += sum_lanes(c);
	dot[3] += sum_lanes(d);
}

/* The gradients before the relu and of the weights. */
static void
backprop_rows(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct mix *a = y->arg;
	const struct aux *aux = y->aux;
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	size_t terms = nn_cols_of(y->in[0]);
	struct nn_range p = nn_range_of(n, part, nn_ranges_for(n, m));

	for (size_t i = p.from; i < p.to; i++) {
		const uint32_t *at = aux->at + i * terms;
		const nn_real *x = y->x + i * m;
		nn_real *dy = y->g + i * m, *dw = y->in[0]->g + i * terms;
		size_t j;

		for (j = 0; a->relu && j < m; j++)
			dy[j] = x[j] > 0 ? dy[j] : 0;
		for (j = 0; j + FOUR <= terms; j += FOUR)
			add_four_products(dw + j, aux->table, at + j, dy, m);
		for (; j < terms; j++)
			for (size_t l = 0; l < m; l++)
				dw[j] += aux->table[at[j] * m + l] * dy[l];
	}
}

/*
 * The gradients of columns of the table and of c, to which all examples add;
 * COLUMNS of them stay in the cache of a core. cols is inlined as a constant
 * for all but the last ones.
 */
static inline void
backprop_columns(struct nn_node *y, size_t from, size_t cols)
{
	const struct aux *aux = y->aux;
	size_t m = nn_cols_of(y), terms = nn_cols_of(y->in[0]);
	size_t all = nn_cols_of(y->in[1]);
	nn_real *dtable = aux->dtable + from, *dt = y->in[1]->g + from;
	nn_real *last = dt + y->in[1]->len - all, common[COLUMNS] = { 0 };

	for (size_t i = 0; i < y->in[1]->len; i += m)
		memset(dtable + i, 0, cols * sizeof *dtable);
	for (size_t i = 0; i < nn_rows_of(y); i++) {
		const nn_real *dy = y->g + i * m + from;

		add_term(common, 1, dy, cols);
		for (size_t j = i * terms; j < (i + 1) * terms; j++)
			add_term(dtable + aux->at[j] * m, y->in[0]->x[j], dy,
			    cols);
	}
	for (size_t h = 0; h < all; h += m)
		add_term(last + h, 1, common, cols);
	for (size_t i = 0; i < y->in[1]->len; i += m) {
		add_term(dt + i, 1, dtable + i, cols);
		add_term(last + i % all, -1, dtable + i, cols);
	}
	if (y->in[2]->g)
		add_term(y->in[2]->g + from, 1, common, cols);
}

static void
backprop_column_range(void *arg, int part)
{
	struct nn_node *y = arg;
	size_t from = (size_t)part * COLUMNS, left = nn_cols_of(y) - from;

	if (left >= COLUMNS)
		backprop_columns(y, from, COLUMNS);
	else
		backprop_columns(y, from, left);
}

static void
mix_backward(struct nn_node *y)
{
	struct nn_team *team = nn_team_of(y->net);
	struct aux *aux = y->aux;
	size_t n = nn_rows_of(y), m = nn_cols_of(y);

	aux->dtable = nn_alloc(y->net, y->in[1]->len, sizeof *aux->dtable);
	nn_grad(y->in[2]);
	if (!aux->dtable || !nn_grad(y->in[0]) || !nn_grad(y->in[1]))
		return;
	nn_team_do(team, nn_ranges_for(n, m), backprop_rows, y);
	nn_team_do(team, (m + COLUMNS - 1) / COLUMNS, backprop_column_range, y);
}

struct nn_node *
nn_table_mix(struct nn_node *w, struct nn_node *t, struct nn_node *c,
    const int *row, int k, bool relu)
{
	static const struct nn_op op = { "table_mix", mix_shape, mix_forward,
		mix_backward, sizeof(struct mix) };

	return nn_apply(&op, (&(struct mix){ row, k, relu }), w, t, c);
}
