/* cross_entropy.c - cross entropy and squared error of rows against their labels */
#include <math.h>

#include "core/tape.h"
#include "kernels/argmax.h"
#include "kernels/fastmath.h"

struct arg { const int *label; struct nn_score *score; };

static int
shape(struct nn_node *y)
{
	const struct nn_node *x = y->in[0];
	const struct arg *a = y->arg;

	y->shape = nn_shape(1);
	for (size_t i = 0; i < nn_rows_of(x); i++)
		if (a->label[i] < 0 || (size_t)a->label[i] >= nn_cols_of(x))
			return nn_fail(y->net, "%s: label %d, but %zu classes",
			    y->op->name, a->label[i], nn_cols_of(x));
	return x->shape.rank == 2 ? 0 : nn_misfit(y);
}

/* aux: a double for each row, its loss; then what backward needs, as x */
static nn_real *
residue(const struct nn_node *y)
{
	return (nn_real *)((double *)y->aux + nn_rows_of(y->in[0]));
}

/* The sum of the rows' losses, always in one order, and what is wrong. */
static nn_real
total(struct nn_node *y)
{
	const struct nn_node *x = y->in[0];
	const struct arg *a = y->arg;
	const double *loss = y->aux;
	double sum = 0;

	for (size_t i = 0; i < nn_rows_of(x); i++)
		sum += loss[i];
	if (a->score) {
		*a->score = (struct nn_score){ .of = nn_rows_of(x) };
		for (size_t i = 0; i < nn_rows_of(x); i++)
			a->score->wrong += nn_is_misclassified(x->x + i * nn_cols_of(x), nn_cols_of(x),
			    a->label[i]);
	}
	return sum;
}

static int
parts(const struct nn_node *y)
{
	return nn_ranges_for(nn_rows_of(y->in[0]), nn_cols_of(y->in[0]));
}

static void
entropy_rows(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct arg *a = y->arg;
	size_t n = nn_rows_of(y->in[0]), m = nn_cols_of(y->in[0]);
	struct nn_range p = nn_range_of(n, part, parts(y));
	double *loss = y->aux;

	for (size_t i = p.from; i < p.to; i++) {
		const nn_real *x = y->in[0]->x + i * m;
		nn_real *restrict e = residue(y) + i * m;
		nn_real top = nn_row_max(x, m), sum = 0;

		#pragma omp simd reduction(+:sum)
		for (size_t j = 0; j < m; j++) {
			e[j] = nn_exp(x[j] - top);
			sum += e[j];
		}
		loss[i] = (log((double)sum) + top - x[a->label[i]]) / n;
		sum = 1 / (sum * n);
		for (size_t j = 0; j < m; j++)
			e[j] *= sum;
		e[a->label[i]] -= (nn_real)1 / n;
	}
}

static void
square_rows(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct arg *a = y->arg;
	size_t n = nn_rows_of(y->in[0]), m = nn_cols_of(y->in[0]);
	struct nn_range p = nn_range_of(n, part, parts(y));
	double *loss = y->aux;

	for (size_t i = p.from; i < p.to; i++) {
		const nn_real *x = y->in[0]->x + i * m;
		nn_real *restrict d = residue(y) + i * m;
		nn_real sum = 0;

		#pragma omp simd reduction(+:sum)
		for (size_t j = 0; j < m; j++) {
			d[j] = x[j] - (j == (size_t)a->label[i]);
			sum += d[j] * d[j];
		}
		loss[i] = (double)sum / (n * m);
		for (size_t j = 0; j < m; j++)
			d[j] *= (nn_real)2 / (n * m);
	}
}

static void
forward(struct nn_node *y, void (*rows)(void *, int))
{
	const struct nn_node *x = y->in[0];

	y->aux = nn_alloc(y->net, x->len + 2 * nn_rows_of(x), sizeof(double));
	if (y->aux == NULL)
		return;
	nn_team_do(nn_team_of(y->net), parts(y), rows, y);
	y->x[0] = total(y);
}

static void
entropy_forward(struct nn_node *y)
{
	forward(y, entropy_rows);
}

static void
square_forward(struct nn_node *y)
{
	forward(y, square_rows);
}

static void
rows_back(void *arg, int part)
{
	struct nn_node *y = arg;
	struct nn_range p = nn_range_of(y->in[0]->len, part, parts(y));
	const nn_real *e = residue(y), by = y->g[0];
	nn_real *restrict dx = y->in[0]->g;

	for (size_t i = p.from; i < p.to; i++)
		dx[i] += by * e[i];
}

static void
backward(struct nn_node *y)
{
	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net), parts(y), rows_back, y);
}

struct nn_node *
nn_cross_entropy(struct nn_node *y, const int *label, struct nn_score *score)
{
	static const struct nn_op op = { "cross entropy", shape,
		entropy_forward, backward, sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ label, score }), y);
}

struct nn_node *
nn_mse_labels(struct nn_node *y, const int *label, struct nn_score *score)
{
	static const struct nn_op op = { "square error", shape, square_forward,
		backward, sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ label, score }), y);
}
