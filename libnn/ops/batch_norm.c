/*
 * batch_norm.c - batch normalization of images (Ioffe and Szegedy 2015), and
 * the relu after it
 */
#include <string.h>
#include <tgmath.h>

#include "core/tape.h"

static const double EPS = 1e-5, MOMENTUM = 0.1;

enum { B = NN_BLOCK, UNITS = 16 };

struct arg { struct nn_running_stats running; bool relu; };

static const struct arg *
get_arg(const struct nn_node *y)
{
	return y->arg;
}

/* Saved for backward. Of each channel: y = x gain + offset, by which it is also
 * known where the relu was 0. */
struct aux {
	nn_real	*mean, *scale;		/* scale: 1 / standard deviation */
	nn_real	*gain, *offset;
	nn_real	 beta;			/* of dx, as nn_grad_beta sets it */
};

static int
shape(struct nn_node *y)
{
	const struct nn_shape *x = &y->in[0]->shape;

	y->shape = *x;
	if (x->rank != 4 || x->dim[1] % B || y->in[1]->len != x->dim[1] ||
	    y->in[2]->len != x->dim[1])
		return nn_fail_shape(y);
	return 0;
}

static size_t
count_blocks(const struct nn_node *y)
{
	return y->shape.dim[1] / B;
}

/* Where the pixels of image n in block c begin: (h w, B) */
static size_t
find_plane(const struct nn_node *y, size_t n, size_t c)
{
	const size_t *d = y->shape.dim;

	return (n * count_blocks(y) + c) * d[2] * d[3] * B;
}

static size_t
count_pixels(const struct nn_node *y)
{
	return y->shape.dim[2] * y->shape.dim[3];
}

/* ----------------------------------------------------------- work units */

/* Two sums over each channel of a block. */
struct sums { double a[B], b[B]; };

/* A unit of work is a block of channels over a range of images. */
struct job {
	struct nn_node	*y;
	int		 ranges;	/* of images */
	struct sums	*sum;		/* (blocks, ranges) */
};

/* The fewer the blocks, the more ranges: all threads should have work. */
static int
open_job(struct job *j, struct nn_node *y)
{
	size_t ranges = count_blocks(y) < UNITS ? UNITS / count_blocks(y) : 1;

	if (ranges > y->shape.dim[0])
		ranges = y->shape.dim[0];
	*j = (struct job){ y, ranges, nn_alloc(y->net,
	    count_blocks(y) * ranges, sizeof *j->sum) };
	return j->sum ? 0 : -1;
}

static void
run_job(struct job *j, void (*fn)(void *, int))
{
	nn_team_do(nn_team_of(j->y->net), count_blocks(j->y) * j->ranges, fn,
	    j);
}

/* The block of channels and the images of the i-th unit. */
static struct nn_range
get_images(const struct job *j, int i, size_t *block)
{
	*block = i / j->ranges;
	return nn_range_of(j->y->shape.dim[0], i % j->ranges, j->ranges);
}

static struct sums
add_sums(const struct job *j, size_t block)
{
	struct sums all = { 0 };

	for (int i = 0; i < j->ranges; i++)
		for (int b = 0; b < B; b++) {
			all.a[b] += j->sum[block * j->ranges + i].a[b];
			all.b[b] += j->sum[block * j->ranges + i].b[b];
		}
	return all;
}

/* The part of aux for the channels of a block. */
struct block {
	const nn_real	*mean, *scale, *gain, *offset;
	bool		 relu;
};

static struct block
get_block(const struct nn_node *y, size_t c)
{
	const struct aux *aux = y->aux;

	return (struct block){ aux->mean + c * B, aux->scale + c * B,
		aux->gain + c * B, aux->offset + c * B,
		get_arg(y)->relu };
}

/* -------------------------------------------------------------- forward */

/* Sums over images of their means and of their mean squares. The latter come
 * from each image's own variance, so that float is accurate enough. */
static void
sum_moments(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_node *y = j->y;
	size_t m = count_pixels(y), c;
	struct nn_range p = get_images(j, i, &c);
	struct sums all = { 0 };

	for (size_t n = p.from; n < p.to; n++) {
		const nn_real *x = y->in[0]->x + find_plane(y, n, c);
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
update_running(const struct nn_node *y, size_t c, const nn_real mean[B],
    const nn_real var[B])
{
	const struct nn_running_stats *running = &get_arg(y)->running;
	double n = (double)y->shape.dim[0] * count_pixels(y);
	double unbiased = n > 1 ? n / (n - 1) : 1;
	/* a cumulative average weighs all batches alike */
	double momentum = nn_get_mode(y->net) == NN_MODE_RECOMPUTE ?
	    1 / *running->batches : MOMENTUM;

	for (int b = 0; b < B; b++) {
		nn_real *m = &running->mean[c * B + b];
		nn_real *v = &running->var[c * B + b];

		*m += momentum * (mean[b] - *m);
		*v += momentum * (var[b] * unbiased - *v);
	}
}

static void
set_scale(const struct job *j, size_t c)
{
	struct nn_node *y = j->y;
	const struct nn_running_stats *running = &get_arg(y)->running;
	struct aux *aux = y->aux;
	nn_real *mean = aux->mean + c * B, *scale = aux->scale + c * B, var[B];

	if (nn_get_mode(y->net) == NN_MODE_EVAL) {
		memcpy(mean, running->mean + c * B, sizeof var);
		memcpy(var, running->var + c * B, sizeof var);
	} else {
		struct sums all = add_sums(j, c);

		for (int b = 0; b < B; b++) {
			double mu = all.a[b] / y->shape.dim[0];

			mean[b] = mu;
			var[b] = fmax(all.b[b] / y->shape.dim[0] - mu * mu, 0);
		}
		update_running(y, c, mean, var);
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
normalize_images(void *arg, int i)
{
	struct job *j = arg;
	struct nn_node *y = j->y;
	size_t c;
	struct nn_range p = get_images(j, i, &c);
	struct block block = get_block(y, c);
	nn_real least = block.relu ? 0 : -INFINITY;

	for (size_t n = p.from; n < p.to; n++) {
		const nn_real *x = y->in[0]->x + find_plane(y, n, c);
		nn_real *restrict to = y->x + find_plane(y, n, c);

		for (size_t k = 0; k < count_pixels(y); k++)
			for (int b = 0; b < B; b++) {
				nn_real v = x[k * B + b] * block.gain[b] +
				    block.offset[b];

				to[k * B + b] = v < least ? least : v;
			}
	}
}

static void
forward(struct nn_node *y)
{
	const struct nn_running_stats *running = &get_arg(y)->running;
	struct aux *aux = y->aux = nn_alloc(y->net, 1, sizeof *aux);
	size_t channels = y->shape.dim[1];
	nn_real *room = nn_alloc(y->net, 4 * channels, sizeof *room);
	struct job j;

	if (aux == NULL || room == NULL || open_job(&j, y) < 0)
		return;
	*aux = (struct aux){ room, room + channels, room + 2 * channels,
		room + 3 * channels, 0 };
	if (nn_get_mode(y->net) != NN_MODE_EVAL) {
		++*running->batches;
		run_job(&j, sum_moments);
	}
	for (size_t c = 0; c < count_blocks(y); c++)
		set_scale(&j, c);
	run_job(&j, normalize_images);
}

/* ------------------------------------------------------------- backward */

/* The gradient before the relu, if there is one, of an element of channel b. */
static inline nn_real
backprop_relu(nn_real dy, nn_real x, const struct block *block, int b)
{
	bool cut = block->relu && !(x * block->gain[b] + block->offset[b] > 0);

	return cut ? 0 : dy;
}

/*
 * With h = (x - mean) scale, weight w and bias b, and sums over the m elements
 * of a channel: dw = sum dy h, db = sum dy,
 * dx = w scale (dy - db / m - h dw / m).
 */
static void
sum_gradients(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_node *y = j->y;
	size_t c;
	struct nn_range p = get_images(j, i, &c);
	struct block block = get_block(y, c);
	struct sums all = { 0 };

	for (size_t n = p.from; n < p.to; n++) {
		const nn_real *x = y->in[0]->x + find_plane(y, n, c);
		const nn_real *dy = y->g + find_plane(y, n, c);
		nn_real s[B] = { 0 }, t[B] = { 0 };

		for (size_t k = 0; k < count_pixels(y) * B; k += B)
			for (int b = 0; b < B; b++) {
				nn_real d = backprop_relu(dy[k + b], x[k + b],
				    &block, b);

				s[b] += d;
				t[b] += d * (x[k + b] - block.mean[b]);
			}
		for (int b = 0; b < B; b++) {
			all.a[b] += s[b];
			all.b[b] += (double)t[b] * block.scale[b];
		}
	}
	j->sum[i] = all;
}

/* db and dw; then, in place of the sums, db / m and dw scale / m for dx. */
static void
finish_sums(const struct job *j, size_t c)
{
	struct nn_node *y = j->y;
	const nn_real *scale = get_block(y, c).scale;
	double m = (double)y->shape.dim[0] * count_pixels(y);
	struct sums all = add_sums(j, c);

	for (int b = 0; b < B; b++) {
		y->in[2]->g[c * B + b] += all.a[b];
		y->in[1]->g[c * B + b] += all.b[b];
		/* running statistics do not depend on x */
		if (nn_get_mode(y->net) == NN_MODE_EVAL)
			all.a[b] = all.b[b] = 0;
		all.a[b] /= m;
		all.b[b] *= scale[b] / m;
	}
	for (int i = 0; i < j->ranges; i++)
		j->sum[c * j->ranges + i] = all;
}

static void
backprop_input(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_node *y = j->y;
	size_t c;
	struct nn_range p = get_images(j, i, &c);
	struct block block = get_block(y, c);
	nn_real l[B], k[B], beta = ((struct aux *)y->aux)->beta;

	for (int b = 0; b < B; b++) {
		k[b] = j->sum[i].a[b];
		l[b] = j->sum[i].b[b];
	}
	for (size_t n = p.from; n < p.to; n++) {
		const nn_real *x = y->in[0]->x + find_plane(y, n, c);
		const nn_real *dy = y->g + find_plane(y, n, c);
		nn_real *restrict dx = y->in[0]->g + find_plane(y, n, c);

		for (size_t at = 0; at < count_pixels(y) * B; at += B)
			for (int b = 0; b < B; b++) {
				nn_real d = backprop_relu(dy[at + b],
				    x[at + b], &block, b);
				nn_real h = x[at + b] - block.mean[b];

				d = block.gain[b] * (d - k[b] - h * l[b]);
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

	if (!nn_grad_beta(y->in[0], &aux->beta) || !nn_grad(y->in[1]) ||
	    !nn_grad(y->in[2]))
		return;
	before = nn_mark(y->net);
	if (open_job(&j, y) == 0) {
		run_job(&j, sum_gradients);
		for (size_t c = 0; c < count_blocks(y); c++)
			finish_sums(&j, c);
		run_job(&j, backprop_input);
	}
	nn_release(y->net, before);
}

struct nn_node *
nn_batch_norm(struct nn_node *x, struct nn_node *w, struct nn_node *b,
    const struct nn_running_stats *running, bool relu)
{
	static const struct nn_op op = { "batch_norm", shape, forward,
		backward, sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ *running, relu }), x, w, b);
}
