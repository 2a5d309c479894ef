/*
 * op_batchnorm.c - batch normalisation of images (Ioffe and Szegedy 2015),
 * then perhaps relu
 *
 * A part of the work is a block of channels over all images, so that all sums
 * have one order.
 */
#include <string.h>
#include <tgmath.h>

#include "tape.h"

static const double EPS = 1e-5, MOMENTUM = 0.1;

enum { B = NN_BLOCK };

/* What forward leaves behind for each channel: y = x gain + offset, by which
 * backward finds again where the relu was 0; and what goes for its dx. */
struct aux {
	nn_real	*mean, *scale;		/* scale: 1 / standard deviation */
	nn_real	*gain, *offset;
	nn_real	 beta;			/* 0: dx is new */
};

static int
shape(struct nn_node *y)
{
	const struct nn_shape *x = &y->in[0]->shape;

	y->shape = *x;
	if (x->rank != 4 || x->dim[1] % B || y->in[1]->len != x->dim[1] ||
	    y->in[2]->len != x->dim[1])
		return nn_misfit(y);
	return 0;
}

static size_t
blocks(const struct nn_node *y)
{
	return y->shape.dim[1] / B;
}

/* The pixels of image n in block c: (h w, B) */
static size_t
plane(const struct nn_node *y, size_t n, size_t c)
{
	const size_t *d = y->shape.dim;

	return (n * blocks(y) + c) * d[2] * d[3] * B;
}

static size_t
pixels(const struct nn_node *y)
{
	return y->shape.dim[2] * y->shape.dim[3];
}

/* Mean and variance of a block, by way of the images' own means: sums of few
 * terms, so that float is enough. */
static void
measure(const struct nn_node *y, size_t c, nn_real mean[B], nn_real var[B])
{
	size_t images = y->shape.dim[0], m = pixels(y);
	double sum[B] = { 0 }, square[B] = { 0 };

	for (size_t n = 0; n < images; n++) {
		const nn_real *x = y->in[0]->x + plane(y, n, c);
		nn_real s[B] = { 0 }, q[B] = { 0 };

		for (size_t i = 0; i < m; i++)
			for (int b = 0; b < B; b++)
				s[b] += x[i * B + b];
		for (int b = 0; b < B; b++)
			s[b] /= m;
		for (size_t i = 0; i < m; i++)
			for (int b = 0; b < B; b++)
				q[b] += (x[i * B + b] - s[b]) *
				    (x[i * B + b] - s[b]);
		for (int b = 0; b < B; b++) {
			sum[b] += s[b];
			square[b] += q[b] / m + (double)s[b] * s[b];
		}
	}
	for (int b = 0; b < B; b++) {
		double mu = sum[b] / images;

		mean[b] = mu;
		var[b] = fmax(square[b] / images - mu * mu, 0);
	}
}

/* running = (1 - momentum) running + momentum batch, the variance unbiased */
static void
remember(const struct nn_node *y, size_t c, const nn_real mean[B],
    const nn_real var[B])
{
	const struct nn_norm *norm = y->arg;
	double n = (double)y->shape.dim[0] * pixels(y);
	double unbiased = n > 1 ? n / (n - 1) : 1;
	/* a cumulative mean weighs all batches alike */
	double part = nn_mode(y->net) == NN_RECOMPUTE ? 1 / *norm->batches :
	    MOMENTUM;

	for (int b = 0; b < B; b++) {
		nn_real *m = &norm->mean[c * B + b];
		nn_real *v = &norm->var[c * B + b];

		*m += part * (mean[b] - *m);
		*v += part * (var[b] * unbiased - *v);
	}
}

static void
one_block(void *arg, int c)
{
	struct nn_node *y = arg;
	const struct nn_norm *norm = y->arg;
	struct aux *aux = y->aux;
	nn_real *mean = aux->mean + c * B, *scale = aux->scale + c * B;
	nn_real *gain = aux->gain + c * B, *offset = aux->offset + c * B;
	nn_real least = norm->relu ? 0 : -INFINITY, var[B];

	if (nn_mode(y->net) == NN_USE) {
		memcpy(mean, norm->mean + c * B, sizeof var);
		memcpy(var, norm->var + c * B, sizeof var);
	} else {
		measure(y, c, mean, var);
		remember(y, c, mean, var);
	}
	for (int b = 0; b < B; b++) {
		scale[b] = 1 / sqrt(var[b] + (nn_real)EPS);
		gain[b] = y->in[1]->x[c * B + b] * scale[b];
		offset[b] = y->in[2]->x[c * B + b] - mean[b] * gain[b];
	}
	for (size_t n = 0; n < y->shape.dim[0]; n++) {
		const nn_real *x = y->in[0]->x + plane(y, n, c);
		nn_real *restrict to = y->x + plane(y, n, c);

		for (size_t i = 0; i < pixels(y); i++)
			for (int b = 0; b < B; b++) {
				nn_real v = x[i * B + b] * gain[b] + offset[b];

				to[i * B + b] = v < least ? least : v;
			}
	}
}

static void
forward(struct nn_node *y)
{
	const struct nn_norm *norm = y->arg;
	struct aux *aux = y->aux = nn_alloc(y->net, 1, sizeof *aux);
	size_t channels = y->shape.dim[1];
	nn_real *room = nn_alloc(y->net, 4 * channels, sizeof *room);

	if (aux == NULL || room == NULL)
		return;
	*aux = (struct aux){ room, room + channels, room + 2 * channels,
		room + 3 * channels, 0 };
	if (nn_mode(y->net) != NN_USE)
		++*norm->batches;
	team_do(nn_team(y->net), blocks(y), one_block, y);
}

/* The gradient of a value, through the relu if there is one. */
static inline nn_real
passed(nn_real dy, nn_real x, nn_real gain, nn_real offset, bool relu)
{
	return relu && !(x * gain + offset > 0) ? 0 : dy;
}

/*
 * With h = (x - mean) scale, m the number of values of a channel and sums over
 * them: dgain = sum dy h, doffset = sum dy,
 * dx = gain scale (dy - doffset / m - h dgain / m).
 */
static void
sum_back(struct nn_node *y, size_t c, double dgain[B], double doffset[B])
{
	const struct aux *aux = y->aux;
	const nn_real *mean = aux->mean + c * B, *gain = aux->gain + c * B;
	const nn_real *offset = aux->offset + c * B;
	bool relu = ((struct nn_norm *)y->arg)->relu;

	for (size_t n = 0; n < y->shape.dim[0]; n++) {
		const nn_real *x = y->in[0]->x + plane(y, n, c);
		const nn_real *dy = y->g + plane(y, n, c);
		nn_real s[B] = { 0 }, t[B] = { 0 };

		for (size_t i = 0; i < pixels(y) * B; i += B)
			for (int b = 0; b < B; b++) {
				nn_real d = passed(dy[i + b], x[i + b], gain[b],
				    offset[b], relu);

				s[b] += d;
				t[b] += d * (x[i + b] - mean[b]);
			}
		for (int b = 0; b < B; b++) {
			doffset[b] += s[b];
			dgain[b] += (double)t[b] * aux->scale[c * B + b];
		}
	}
}

static void
one_block_back(void *arg, int c)
{
	struct nn_node *y = arg;
	const struct aux *aux = y->aux;
	const nn_real *mean = aux->mean + c * B, *gain = aux->gain + c * B;
	const nn_real *offset = aux->offset + c * B, *scale = aux->scale + c * B;
	bool relu = ((struct nn_norm *)y->arg)->relu;
	double dgain[B] = { 0 }, doffset[B] = { 0 };
	nn_real k[B], l[B], beta = aux->beta;
	double m = (double)y->shape.dim[0] * pixels(y);

	sum_back(y, c, dgain, doffset);
	for (int b = 0; b < B; b++) {
		y->in[1]->g[c * B + b] += dgain[b];
		y->in[2]->g[c * B + b] += doffset[b];
		/* statistics that are given do not depend on x */
		k[b] = nn_mode(y->net) == NN_USE ? 0 : doffset[b] / m;
		l[b] = nn_mode(y->net) == NN_USE ? 0 : dgain[b] * scale[b] / m;
	}
	for (size_t n = 0; n < y->shape.dim[0]; n++) {
		const nn_real *x = y->in[0]->x + plane(y, n, c);
		const nn_real *dy = y->g + plane(y, n, c);
		nn_real *restrict dx = y->in[0]->g + plane(y, n, c);

		for (size_t i = 0; i < pixels(y) * B; i += B)
			for (int b = 0; b < B; b++) {
				nn_real d = passed(dy[i + b], x[i + b], gain[b],
				    offset[b], relu);
				nn_real h = x[i + b] - mean[b];

				d = gain[b] * (d - k[b] - h * l[b]);
				dx[i + b] = beta > 0 ? dx[i + b] + d : d;
			}
	}
}

static void
backward(struct nn_node *y)
{
	struct aux *aux = y->aux;

	if (nn_grad_first(y->in[0], &aux->beta) && nn_grad(y->in[1]) &&
	    nn_grad(y->in[2]))
		team_do(nn_team(y->net), blocks(y), one_block_back, y);
}

struct nn_node *
nn_batch_normalize(struct nn_node *x, struct nn_node *gain,
    struct nn_node *offset, const struct nn_norm *norm)
{
	static const struct nn_op op = { "batch_normalize", shape, forward,
		backward, sizeof(struct nn_norm) };

	return nn_apply(&op, norm, x, gain, offset);
}
