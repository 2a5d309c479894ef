/*
 * batch_norm.c - batch normalization of images (Ioffe and Szegedy 2015),
 * then perhaps relu
 */
#include <string.h>
#include <tgmath.h>

#include "core/tape.h"

static const double EPS = 1e-5, MOMENTUM = 0.1;

enum { B = NN_BLOCK, PARTS = 16 };

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

/* ---------------------------------------------------------------- parts */

/* Two sums of each channel of a block. */
struct sums { double a[B], b[B]; };

/* A part of the work is a block of channels over some of the images. */
struct job {
	struct nn_node	*y;
	int		 parts;		/* of the images */
	struct sums	*sum;		/* of each part */
};

/* Few channels are work for many threads too. */
static int
start(struct job *j, struct nn_node *y)
{
	size_t parts = blocks(y) < PARTS ? PARTS / blocks(y) : 1;

	if (parts > y->shape.dim[0])
		parts = y->shape.dim[0];
	*j = (struct job){ y, parts, nn_alloc(y->net, blocks(y) * parts,
	    sizeof *j->sum) };
	return j->sum ? 0 : -1;
}

static void
run(struct job *j, void (*part)(void *, int))
{
	nn_team_do(nn_team_of(j->y->net), blocks(j->y) * j->parts, part, j);
}

static struct nn_range
images(const struct job *j, int i, size_t *block)
{
	*block = i / j->parts;
	return nn_range_of(j->y->shape.dim[0], i % j->parts, j->parts);
}

static struct sums
total(const struct job *j, size_t block)
{
	struct sums all = { 0 };

	for (int i = 0; i < j->parts; i++)
		for (int b = 0; b < B; b++) {
			all.a[b] += j->sum[block * j->parts + i].a[b];
			all.b[b] += j->sum[block * j->parts + i].b[b];
		}
	return all;
}

/* What forward left behind for the channels of a block. */
struct block {
	const nn_real	*mean, *scale, *gain, *offset;
	bool		 relu;
};

static struct block
block(const struct nn_node *y, size_t c)
{
	const struct aux *aux = y->aux;

	return (struct block){ aux->mean + c * B, aux->scale + c * B,
		aux->gain + c * B, aux->offset + c * B,
		((struct nn_norm *)y->arg)->relu };
}

/* -------------------------------------------------------------- forward */

/* Sums of the images' means, and of their mean squares: by way of each image's
 * own mean and variance, sums of few terms, so that float is enough. */
static void
measure(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_node *y = j->y;
	size_t m = pixels(y), c;
	struct nn_range p = images(j, i, &c);
	struct sums all = { 0 };

	for (size_t n = p.from; n < p.to; n++) {
		const nn_real *x = y->in[0]->x + plane(y, n, c);
		nn_real s[B] = { 0 }, q[B] = { 0 };

		for (size_t k = 0; k < m; k++)
			for (int b = 0; b < B; b++)
				s[b] += x[k * B + b];
		for (int b = 0; b < B; b++)
			s[b] /= m;
		for (size_t k = 0; k < m; k++)
			for (int b = 0; b < B; b++)
				q[b] += (x[k * B + b] - s[b]) *
				    (x[k * B + b] - s[b]);
		for (int b = 0; b < B; b++) {
			all.a[b] += s[b];
			all.b[b] += q[b] / m + (double)s[b] * s[b];
		}
	}
	j->sum[i] = all;
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
	double part = nn_get_mode(y->net) == NN_RECOMPUTE ? 1 / *norm->batches :
	    MOMENTUM;

	for (int b = 0; b < B; b++) {
		nn_real *m = &norm->mean[c * B + b];
		nn_real *v = &norm->var[c * B + b];

		*m += part * (mean[b] - *m);
		*v += part * (var[b] * unbiased - *v);
	}
}

static void
settle(const struct job *j, size_t c)
{
	struct nn_node *y = j->y;
	const struct nn_norm *norm = y->arg;
	struct aux *aux = y->aux;
	nn_real *mean = aux->mean + c * B, *scale = aux->scale + c * B, var[B];

	if (nn_get_mode(y->net) == NN_USE) {
		memcpy(mean, norm->mean + c * B, sizeof var);
		memcpy(var, norm->var + c * B, sizeof var);
	} else {
		struct sums all = total(j, c);

		for (int b = 0; b < B; b++) {
			double mu = all.a[b] / y->shape.dim[0];

			mean[b] = mu;
			var[b] = fmax(all.b[b] / y->shape.dim[0] - mu * mu, 0);
		}
		remember(y, c, mean, var);
	}
	for (int b = 0; b < B; b++) {
		nn_real *gain = &aux->gain[c * B + b];

		scale[b] = 1 / sqrt(var[b] + (nn_real)EPS);
		*gain = y->in[1]->x[c * B + b] * scale[b];
		aux->offset[c * B + b] = y->in[2]->x[c * B + b] -
		    mean[b] * *gain;
	}
}

static void
normalize(void *arg, int i)
{
	struct job *j = arg;
	struct nn_node *y = j->y;
	size_t c;
	struct nn_range p = images(j, i, &c);
	struct block is = block(y, c);
	nn_real least = is.relu ? 0 : -INFINITY;

	for (size_t n = p.from; n < p.to; n++) {
		const nn_real *x = y->in[0]->x + plane(y, n, c);
		nn_real *restrict to = y->x + plane(y, n, c);

		for (size_t k = 0; k < pixels(y); k++)
			for (int b = 0; b < B; b++) {
				nn_real v = x[k * B + b] * is.gain[b] +
				    is.offset[b];

				to[k * B + b] = v < least ? least : v;
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
	struct job j;

	if (aux == NULL || room == NULL || start(&j, y) < 0)
		return;
	*aux = (struct aux){ room, room + channels, room + 2 * channels,
		room + 3 * channels, 0 };
	if (nn_get_mode(y->net) != NN_USE) {
		++*norm->batches;
		run(&j, measure);
	}
	for (size_t c = 0; c < blocks(y); c++)
		settle(&j, c);
	run(&j, normalize);
}

/* ------------------------------------------------------------- backward */

/* The gradient of a value of channel b, through the relu if there is one. */
static inline nn_real
passed(nn_real dy, nn_real x, const struct block *is, int b)
{
	return is->relu && !(x * is->gain[b] + is->offset[b] > 0) ? 0 : dy;
}

/*
 * With h = (x - mean) scale, m the number of values of a channel and sums over
 * them: dgain = sum dy h, doffset = sum dy,
 * dx = gain scale (dy - doffset / m - h dgain / m).
 */
static void
sum_back(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_node *y = j->y;
	size_t c;
	struct nn_range p = images(j, i, &c);
	struct block is = block(y, c);
	struct sums all = { 0 };

	for (size_t n = p.from; n < p.to; n++) {
		const nn_real *x = y->in[0]->x + plane(y, n, c);
		const nn_real *dy = y->g + plane(y, n, c);
		nn_real s[B] = { 0 }, t[B] = { 0 };

		for (size_t k = 0; k < pixels(y) * B; k += B)
			for (int b = 0; b < B; b++) {
				nn_real d = passed(dy[k + b], x[k + b], &is, b);

				s[b] += d;
				t[b] += d * (x[k + b] - is.mean[b]);
			}
		for (int b = 0; b < B; b++) {
			all.a[b] += s[b];
			all.b[b] += (double)t[b] * is.scale[b];
		}
	}
	j->sum[i] = all;
}

/* doffset and dgain; then, in place of the sums, what they take from dx. */
static void
settle_back(const struct job *j, size_t c)
{
	struct nn_node *y = j->y;
	const nn_real *scale = block(y, c).scale;
	double m = (double)y->shape.dim[0] * pixels(y);
	struct sums all = total(j, c);

	for (int b = 0; b < B; b++) {
		y->in[2]->g[c * B + b] += all.a[b];
		y->in[1]->g[c * B + b] += all.b[b];
		/* statistics that are given do not depend on x */
		if (nn_get_mode(y->net) == NN_USE)
			all.a[b] = all.b[b] = 0;
		all.a[b] /= m;
		all.b[b] *= scale[b] / m;
	}
	for (int i = 0; i < j->parts; i++)
		j->sum[c * j->parts + i] = all;
}

static void
to_input(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_node *y = j->y;
	size_t c;
	struct nn_range p = images(j, i, &c);
	struct block is = block(y, c);
	nn_real l[B], k[B], beta = ((struct aux *)y->aux)->beta;

	for (int b = 0; b < B; b++) {
		k[b] = j->sum[i].a[b];
		l[b] = j->sum[i].b[b];
	}
	for (size_t n = p.from; n < p.to; n++) {
		const nn_real *x = y->in[0]->x + plane(y, n, c);
		const nn_real *dy = y->g + plane(y, n, c);
		nn_real *restrict dx = y->in[0]->g + plane(y, n, c);

		for (size_t at = 0; at < pixels(y) * B; at += B)
			for (int b = 0; b < B; b++) {
				nn_real d = passed(dy[at + b], x[at + b], &is, b);
				nn_real h = x[at + b] - is.mean[b];

				d = is.gain[b] * (d - k[b] - h * l[b]);
				dx[at + b] = beta > 0 ? dx[at + b] + d : d;
			}
	}
}

static void
backward(struct nn_node *y)
{
	struct aux *aux = y->aux;
	struct nn_arena_mark before;
	struct job j;

	if (!nn_grad_first(y->in[0], &aux->beta) || !nn_grad(y->in[1]) ||
	    !nn_grad(y->in[2]))
		return;
	before = nn_mark(y->net);
	if (start(&j, y) == 0) {
		run(&j, sum_back);
		for (size_t c = 0; c < blocks(y); c++)
			settle_back(&j, c);
		run(&j, to_input);
	}
	nn_release(y->net, before);
}

struct nn_node *
nn_batch_norm(struct nn_node *x, struct nn_node *gain,
    struct nn_node *offset, const struct nn_norm *norm)
{
	static const struct nn_op op = { "batch_normalize", shape, forward,
		backward, sizeof(struct nn_norm) };

	return nn_apply(&op, norm, x, gain, offset);
}
