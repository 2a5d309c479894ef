/* add.c - a + b, where b has the shape of a or is one row for all; and s a */
#include "core/tape.h"

static int
shape(struct nn_node *y)
{
	const struct nn_node *a = y->in[0], *b = y->in[1];

	y->shape = a->shape;
	return b->len == a->len || b->len == nn_cols_of(a) ? 0 :
	    nn_fail_shape(y);
}

static void
add_rows(void *arg, int i)
{
	struct nn_node *y = arg;
	const struct nn_node *a = y->in[0], *b = y->in[1];
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	struct nn_range p = nn_range_of(n, i, nn_ranges_for(n, m));

	for (size_t r = p.from; r < p.to; r++) {
		const nn_real *from = a->x + r * m;
		const nn_real *more = b->x + (b->len == m ? 0 : r * m);
		nn_real *restrict to = y->x + r * m;

		for (size_t j = 0; j < m; j++)
			to[j] = from[j] + more[j];
	}
}

static void
forward(struct nn_node *y)
{
	nn_team_do(nn_team_of(y->net),
	    nn_ranges_for(nn_rows_of(y), nn_cols_of(y)), add_rows, y);
}

static void
backward(struct nn_node *y)
{
	struct nn_node *b = y->in[1];
	nn_real *db = nn_grad(b);

	if (db)
		nn_sum_rows(y->net, db, y->g, y->len / b->len, b->len);
	nn_grad_pass(y, y->in[0]);
}

struct nn_node *
nn_add(struct nn_node *a, struct nn_node *b)
{
	static const struct nn_op op = { "add", shape, forward, backward, 0 };

	return nn_apply(&op, NULL, a, b);
}

static void
scale_forward(struct nn_node *y)
{
	nn_real s = *(double *)y->arg;

	for (size_t i = 0; i < y->len; i++)
		y->x[i] = s * y->in[0]->x[i];
}

static void
scale_backward(struct nn_node *y)
{
	nn_real s = *(double *)y->arg, *da = nn_grad(y->in[0]);

	for (size_t i = 0; da && i < y->len; i++)
		da[i] += s * y->g[i];
}

struct nn_node *
nn_scale(struct nn_node *a, double s)
{
	static const struct nn_op op = { "scale", nn_shape_same, scale_forward,
		scale_backward, sizeof s };

	return nn_apply(&op, &s, a);
}
