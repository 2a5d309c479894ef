/* pool.c - max and average pooling of images, without overlap */
#include <math.h>
#include <string.h>

#include "core/tape.h"

enum { B = NN_BLOCK };

struct arg { size_t side; bool mean; };

static int
shape(struct nn_node *y)
{
	const struct nn_shape *x = &y->in[0]->shape;
	size_t side = ((struct arg *)y->arg)->side;

	if (x->rank != 4 || x->dim[1] % B || x->dim[2] % side ||
	    x->dim[3] % side)
		return nn_fail_shape(y);
	y->shape = NN_SHAPE(x->dim[0], x->dim[1], x->dim[2] / side,
	    x->dim[3] / side);
	return 0;
}

/* Planes (h, w, B), image by image, block by block. */
static size_t
count_planes(const struct nn_node *y)
{
	return y->shape.dim[0] * y->shape.dim[1] / B;
}

/* The offset in plane p of the input of the window of pixel i, j. */
static size_t
find_window(const struct nn_node *y, size_t p, size_t i, size_t j)
{
	const size_t *d = y->in[0]->shape.dim;
	size_t side = ((struct arg *)y->arg)->side;

	return ((p * d[2] + i * side) * d[3] + j * side) * B;
}

static void
pool_max(const struct nn_node *y, const nn_real *x, nn_real *restrict to)
{
	size_t side = ((struct arg *)y->arg)->side, w = y->in[0]->shape.dim[3];

	memcpy(to, x, B * sizeof *to);
	for (size_t i = 0; i < side; i++)
		for (size_t j = 0; j < side; j++)
			for (int b = 0; b < B; b++) {
				nn_real v = x[(i * w + j) * B + b];

				/* NaN propagates */
				to[b] = v <= to[b] ? to[b] : v;
			}
}

static void
pool_mean(const struct nn_node *y, const nn_real *x, nn_real *restrict to)
{
	size_t side = ((struct arg *)y->arg)->side, w = y->in[0]->shape.dim[3];

	memset(to, 0, B * sizeof *to);
	for (size_t i = 0; i < side; i++)
		for (size_t j = 0; j < side; j++)
			for (int b = 0; b < B; b++)
				to[b] += x[(i * w + j) * B + b];
	for (int b = 0; b < B; b++)
		to[b] /= side * side;
}

/* The gradient goes to the first of the largest elements. */
static void
backprop_max(const struct nn_node *y, const nn_real *x, const nn_real *to,
    const nn_real *dy, nn_real *restrict dx)
{
	size_t side = ((struct arg *)y->arg)->side, w = y->in[0]->shape.dim[3];
	nn_real left[B];

	memcpy(left, dy, sizeof left);
	for (size_t i = 0; i < side; i++)
		for (size_t j = 0; j < side; j++)
			for (int b = 0; b < B; b++) {
				size_t at = (i * w + j) * B + b;
				nn_real g = x[at] == to[b] ? left[b] : 0;

				dx[at] += g;
				left[b] = x[at] == to[b] ? 0 : left[b];
			}
}

static void
backprop_mean(const struct nn_node *y, const nn_real *dy, nn_real *restrict dx)
{
	size_t side = ((struct arg *)y->arg)->side, w = y->in[0]->shape.dim[3];

	for (size_t i = 0; i < side; i++)
		for (size_t j = 0; j < side; j++)
			for (int b = 0; b < B; b++)
				dx[(i * w + j) * B + b] += dy[b] /
				    (side * side);
}

static int
count_ranges(const struct nn_node *y)
{
	return nn_ranges_for(count_planes(y),
	    y->shape.dim[2] * y->shape.dim[3] * B);
}

static void
pool_planes(void *arg, int part)
{
	struct nn_node *y = arg;
	size_t h = y->shape.dim[2], w = y->shape.dim[3];
	struct nn_range p = nn_range_of(count_planes(y), part, count_ranges(y));

	for (size_t k = p.from; k < p.to; k++)
		for (size_t i = 0; i < h * w; i++) {
			const nn_real *x = y->in[0]->x +
			    find_window(y, k, i / w, i % w);
			nn_real *to = y->x + (k * h * w + i) * B;

			if (((struct arg *)y->arg)->mean)
				pool_mean(y, x, to);
			else
				pool_max(y, x, to);
		}
}

static void
backprop_planes(void *arg, int part)
{
	struct nn_node *y = arg;
	size_t h = y->shape.dim[2], w = y->shape.dim[3];
	struct nn_range p = nn_range_of(count_planes(y), part, count_ranges(y));

	for (size_t k = p.from; k < p.to; k++)
		for (size_t i = 0; i < h * w; i++) {
			size_t at = find_window(y, k, i / w, i % w);
			size_t to = (k * h * w + i) * B;

			if (((struct arg *)y->arg)->mean)
				backprop_mean(y, y->g + to, y->in[0]->g + at);
			else
				backprop_max(y, y->in[0]->x + at, y->x + to,
				    y->g + to, y->in[0]->g + at);
		}
}

static void
forward(struct nn_node *y)
{
	nn_team_do(nn_team_of(y->net), count_ranges(y), pool_planes, y);
}

static void
backward(struct nn_node *y)
{
	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net), count_ranges(y),
		    backprop_planes, y);
}

static struct nn_node *
apply_pool(struct nn_node *x, size_t side, bool mean)
{
	static const struct nn_op op = { "pool", shape, forward, backward,
		sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ side, mean }), x);
}

struct nn_node *
nn_max_pool2d(struct nn_node *x, size_t k)
{
	return apply_pool(x, k, false);
}

struct nn_node *
nn_avg_pool2d(struct nn_node *x, size_t k)
{
	return apply_pool(x, k, true);
}
