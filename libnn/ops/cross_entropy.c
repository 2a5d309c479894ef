/*
 * cross_entropy.c - losses of rows and their labels: cross entropy, and mean
 * squared error to one-hot vectors
 */
#include "core/tape.h"
#include "kernels/argmax.h"
#include "kernels/fastmath.h"
#include "kernels/log_sum.h"

struct arg { const int *label; struct nn_score *score; };

static int
shape(struct nn_node *y)
{
	const struct nn_node *x = y->in[0];
	const struct arg *a = y->arg;

	y->shape = NN_SHAPE(1);
	for (size_t i = 0; i < nn_rows_of(x); i++)
		if (a->label[i] < 0 || (size_t)a->label[i] >= nn_cols_of(x))
			return nn_fail(y->net, "%s: label %d, but %zu classes",
			    y->op->name, a->label[i], nn_cols_of(x));
	return x->shape.rank == 2 ? 0 : nn_fail_shape(y);
}

/* aux: (n) doubles, the loss of each row; then dx for a dy of 1 */
static nn_real *
get_gradient(const struct nn_node *y)
{
	return (nn_real *)((double *)y->aux + nn_rows_of(y->in[0]));
}

/* The sum of the rows' losses, always in one order; counts the errors. */
static nn_real
sum_losses(struct nn_node *y)
{
	const struct nn_node *x = y->in[0];
	const struct arg *a = y->arg;
	const double *loss = y->aux;
	double sum = 0;

	for (size_t i = 0; i < nn_rows_of(x); i++)
		sum += loss[i];
	if (a->score) {
		*a->score = (struct nn_score){ .total = nn_rows_of(x) };
		for (size_t i = 0; i < nn_rows_of(x); i++)
			a->score->wrong += nn_is_misclassified(
			    x->x + i * nn_cols_of(x), nn_cols_of(x),
			    a->label[i]);
	}
	return sum;
}

static int
count_ranges(const struct nn_node *y)
{
	return nn_ranges_for(nn_rows_of(y->in[0]), nn_cols_of(y->in[0]));
}

static void
compute_cross_entropy(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct arg *a = y->arg;
	size_t n = nn_rows_of(y->in[0]), m = nn_cols_of(y->in[0]);
	struct nn_range p = nn_range_of(n, part, count_ranges(y));
	double *loss = y->aux;

	for (size_t i = p.from; i < p.to; i++) {
		const nn_real *x = y->in[0]->x + i * m;
		nn_real *restrict e = get_gradient(y) + i * m;
		nn_real top = nn_row_max(x, m), sum = 0;

		#pragma omp simd reduction(+:sum)
		for (size_t j = 0; j < m; j++) {
			e[j] = nn_exp(x[j] - top);
			sum += e[j];
		}
		loss[i] = (nn_log_sum(e, m, sum) +
		    ((double)top - x[a->label[i]])) / n;
		sum = 1 / (sum * n);
		for (size_t j = 0; j < m; j++)
			e[j] *= sum;
		e[a->label[i]] -= (nn_real)1 / n;
	}
}

static void
compute_squared_error(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct arg *a = y->arg;
	size_t n = nn_rows_of(y->in[0]), m = nn_cols_of(y->in[0]);
	struct nn_range p = nn_range_of(n, part, count_ranges(y));
	double *loss = y->aux;

	for (size_t i = p.from; i < p.to; i++) {
		const nn_real *x = y->in[0]->x + i * m;
		nn_real *restrict d = get_gradient(y) + i * m;
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
run_ranges(struct nn_node *y, void (*rows)(void *, int))
{
	const struct nn_node *x = y->in[0];

	y->aux = nn_alloc(y->net, x->len + 2 * nn_rows_of(x), sizeof(double));
	if (y->aux == NULL)
		return;
	nn_team_do(nn_team_of(y->net), count_ranges(y), rows, y);
	y->x[0] = sum_losses(y);
}

static void
cross_entropy_forward(struct nn_node *y)
{
	run_ranges(y, compute_cross_entropy);
}

static void
mse_forward(struct nn_node *y)
{
	run_ranges(y, compute_squared_error);
}

static void
backprop_rows(void *arg, int part)
{
	struct nn_node *y = arg;
	struct nn_range p = nn_range_of(y->in[0]->len, part, count_ranges(y));
	const nn_real *e = get_gradient(y), dy = y->g[0];
	nn_real *restrict dx = y->in[0]->g;

	for (size_t i = p.from; i < p.to; i++)
		dx[i] += dy * e[i];
}

static void
backward(struct nn_node *y)
{
	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net), count_ranges(y), backprop_rows,
		    y);
}

struct nn_node *
nn_cross_entropy(struct nn_node *y, const int *label, struct nn_score *score)
{
	static const struct nn_op op = { "cross_entropy", shape,
		cross_entropy_forward, backward, sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ label, score }), y);
}

struct nn_node *
nn_mse_loss_one_hot(struct nn_node *y, const int *label, struct nn_score *score)
{
	static const struct nn_op op = { "mse_loss_one_hot", shape,
		mse_forward, backward, sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ label, score }), y);
}
