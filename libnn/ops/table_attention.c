/* table_attention.c - attention weights of examples that share a table of scores */
#include "core/tape.h"
#include "kernels/fastmath.h"

/*
 * Softmax over k rows of one's own and the last row of the table, which all
 * examples attend to; the weight of that one, 1 - the others, is left out.
 */
struct arg { const int *row; size_t n; int k; };

enum { EACH = 1000 };	/* what a row costs, for nn_ranges_for */

static int
shape(struct nn_node *y)
{
	const struct arg *a = y->arg;
	const struct nn_node *s = y->in[0];

	for (size_t i = 0; i < a->n * a->k; i++)
		if (a->row[i] < 0 || (size_t)a->row[i] >= nn_rows_of(s))
			return nn_fail(y->net, "attend: no row %d among %zu",
			    a->row[i], nn_rows_of(s));
	y->shape = nn_shape(a->n, nn_cols_of(s) * a->k);
	return s->shape.rank == 2 && nn_rows_of(s) ? 0 : nn_misfit(y);
}

static void
some_rows(void *arg, int part)
{
	struct nn_node *y = arg, *s = y->in[0];
	const struct arg *a = y->arg;
	size_t heads = nn_cols_of(s), k = a->k;
	const nn_real *last = s->x + s->len - heads;
	struct nn_range p = nn_range_of(a->n, part, nn_ranges_for(a->n, EACH));

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
forward(struct nn_node *y)
{
	nn_team_do(nn_team_of(y->net), nn_ranges_for(nn_rows_of(y), EACH), some_rows, y);
}

/* Examples meet in the table, so threads take heads. */
static void
one_head_back(void *arg, int h)
{
	struct nn_node *y = arg, *s = y->in[0];
	const struct arg *a = y->arg;
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
backward(struct nn_node *y)
{
	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net), nn_cols_of(y->in[0]), one_head_back, y);
}

struct nn_node *
nn_table_attention(struct nn_node *s, const int *row, size_t n, int k)
{
	static const struct nn_op op = { "attend", shape, forward, backward,
		sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ row, n, k }), s);
}
