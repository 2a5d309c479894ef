/*
 * rotary.c - rotary position embedding (Su et al. 2021) of queries and keys
 *
 * Of each head the first dims columns, in the order of GPT-NeoX: columns j and
 * j + half, half being dims / 2, are rotated by position * base^(-j / half).
 */
#include <math.h>
#include <string.h>

#include "core/tape.h"

struct arg {
	size_t	length;
	int	heads;
	size_t	dims;			/* rotated columns of a head */
	double	base;
};

static int
shape(struct nn_node *y)
{
	const struct arg *a = y->arg;
	const struct nn_node *x = y->in[0];

	y->shape = x->shape;
	if (x->shape.rank != 2 || a->heads < 1 ||
	    nn_cols_of(x) % (3 * a->heads) || a->length < 1 ||
	    nn_rows_of(x) % a->length || a->dims % 2 ||
	    a->dims > nn_cols_of(x) / (3 * a->heads))
		return nn_fail_shape(y);
	return 0;
}

/* aux: cosines (length, half), then sines */
static void
make_angles(struct nn_node *y)
{
	const struct arg *a = y->arg;
	size_t half = a->dims / 2, all = a->length * half;
	nn_real *cosine = nn_alloc(y->net, 2 * all, sizeof *cosine);

	y->aux = cosine;
	for (size_t t = 0; cosine && t < a->length; t++)
		for (size_t j = 0; j < half; j++) {
			double angle = t * pow(a->base, -(double)j / half);

			cosine[t * half + j] = cos(angle);
			cosine[all + t * half + j] = sin(angle);
		}
}

/* Rotate the queries and keys of a row, or rotate them back. */
static void
rotate_row(const struct nn_node *y, size_t row, nn_real *x, bool back)
{
	const struct arg *a = y->arg;
	size_t half = a->dims / 2, width = nn_cols_of(y) / (3 * a->heads);
	const nn_real *c = (nn_real *)y->aux + row % a->length * half;
	const nn_real *s = c + a->length * half;
	nn_real sign = back ? -1 : 1;

	for (int h = 0; h < 3 * a->heads; h++, x += width)
		for (size_t j = 0; h % 3 != 2 && j < half; j++) {
			nn_real u = x[j], v = x[half + j];

			x[j] = u * c[j] - sign * v * s[j];
			x[half + j] = v * c[j] + sign * u * s[j];
		}
}

static void
rotate_rows(void *arg, int i)
{
	struct nn_node *y = arg;
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	struct nn_range p = nn_range_of(n, i, nn_ranges_for(n, m));

	for (size_t r = p.from; r < p.to; r++) {
		memcpy(y->x + r * m, y->in[0]->x + r * m, m * sizeof *y->x);
		rotate_row(y, r, y->x + r * m, false);
	}
}

static void
forward(struct nn_node *y)
{
	make_angles(y);
	if (y->aux)
		nn_team_do(nn_team_of(y->net),
		    nn_ranges_for(nn_rows_of(y), nn_cols_of(y)),
		    rotate_rows, y);
}

/* dy is not needed any longer: it is rotated back in place and passed on. */
static void
backprop_rows(void *arg, int i)
{
	struct nn_node *y = arg;
	size_t n = nn_rows_of(y), m = nn_cols_of(y);
	struct nn_range p = nn_range_of(n, i, nn_ranges_for(n, m));

	for (size_t r = p.from; r < p.to; r++)
		rotate_row(y, r, y->g + r * m, true);
}

static void
backward(struct nn_node *y)
{
	if (!y->in[0]->requires_grad)
		return;
	nn_team_do(nn_team_of(y->net),
	    nn_ranges_for(nn_rows_of(y), nn_cols_of(y)), backprop_rows, y);
	nn_grad_pass(y, y->in[0]);
}

struct nn_node *
nn_rotary(struct nn_node *qkv, size_t length, int heads, size_t dims,
    double base)
{
	static const struct nn_op op = { "rotary", shape, forward, backward,
		sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ length, heads, dims, base }),
	    qkv);
}
