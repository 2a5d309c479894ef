/*
 * fourier_features.c - sines and cosines of times at several frequencies
 * (Tancik et al. 2020)
 *
 * An angle is computed as (t f * 2) * pi, in this order, as by PyTorch: with
 * large frequencies another rounding is another angle.
 */
#include <tgmath.h>

#include "core/tape.h"

struct arg { const int *t; size_t n; };

static int
shape(struct nn_node *y)
{
	const struct arg *a = y->arg;

	y->shape = NN_SHAPE(a->n, 2 * y->in[0]->len);
	return y->in[0]->shape.rank == 1 ? 0 : nn_fail_shape(y);
}

static nn_real
get_angle(const struct nn_node *y, size_t i, size_t j)
{
	const struct arg *a = y->arg;
	nn_real tf = a->t[i] * y->in[0]->x[j];

	return tf * 2 * (nn_real)M_PI;
}

static int
count_ranges(const struct nn_node *y)
{
	return nn_ranges_for(nn_rows_of(y), 10 * nn_cols_of(y));
}

static void
fill_rows(void *arg, int part)
{
	struct nn_node *y = arg;
	struct nn_range p = nn_range_of(nn_rows_of(y), part, count_ranges(y));
	size_t m = y->in[0]->len;

	for (size_t i = p.from; i < p.to; i++)
		for (size_t j = 0; j < m; j++) {
			y->x[i * 2 * m + j] = sin(get_angle(y, i, j));
			y->x[i * 2 * m + m + j] = cos(get_angle(y, i, j));
		}
}

static void
forward(struct nn_node *y)
{
	nn_team_do(nn_team_of(y->net), count_ranges(y), fill_rows, y);
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
		nn_real scale = a->t[i] * (nn_real)(2 * M_PI);

		for (size_t j = 0; j < m; j++)
			df[j] += scale * (ds[j] * c[j] - dc[j] * s[j]);
	}
}

struct nn_node *
nn_fourier_features(struct nn_node *f, const int *t, size_t n)
{
	static const struct nn_op op = { "fourier_features", shape, forward,
		backward, sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ t, n }), f);
}
