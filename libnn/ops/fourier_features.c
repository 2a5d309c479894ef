/*
 * fourier_features.c - sines and cosines of a time at many frequencies
 *
 * An angle is (t f * 2) * pi in this order, as PyTorch computes it: with large
 * frequencies other roundings are other angles.
 */
#include <tgmath.h>

#include "core/tape.h"

struct arg { const int *t; size_t n; };

static int
shape(struct nn_node *y)
{
	const struct arg *a = y->arg;

	y->shape = nn_shape(a->n, 2 * y->in[0]->len);
	return y->in[0]->shape.rank == 1 ? 0 : nn_misfit(y);
}

static nn_real
angle(const struct nn_node *y, size_t i, size_t j)
{
	const struct arg *a = y->arg;
	nn_real tf = a->t[i] * y->in[0]->x[j];

	return tf * 2 * (nn_real)M_PI;
}

static int
parts(const struct nn_node *y)
{
	return nn_ranges_for(nn_rows_of(y), 10 * nn_cols_of(y));
}

static void
some_rows(void *arg, int part)
{
	struct nn_node *y = arg;
	struct nn_range p = nn_range_of(nn_rows_of(y), part, parts(y));
	size_t m = y->in[0]->len;

	for (size_t i = p.from; i < p.to; i++)
		for (size_t j = 0; j < m; j++) {
			y->x[i * 2 * m + j] = sin(angle(y, i, j));
			y->x[i * 2 * m + m + j] = cos(angle(y, i, j));
		}
}

static void
forward(struct nn_node *y)
{
	nn_team_do(nn_team_of(y->net), parts(y), some_rows, y);
}

static void
backward(struct nn_node *y)
{
	const struct arg *a = y->arg;
	nn_real *df = nn_grad(y->in[0]);
	size_t m = y->in[0]->len;

	for (size_t i = 0; df && i < a->n; i++) {
		const nn_real *s = y->x + i * 2 * m, *c = s + m;
		const nn_real *ds = y->g + i * 2 * m, *dc = ds + m;
		nn_real by = a->t[i] * (nn_real)(2 * M_PI);

		for (size_t j = 0; j < m; j++)
			df[j] += by * (ds[j] * c[j] - dc[j] * s[j]);
	}
}

struct nn_node *
nn_fourier_features(struct nn_node *f, const int *t, size_t n)
{
	static const struct nn_op op = { "fourier", shape, forward, backward,
		sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ t, n }), f);
}
