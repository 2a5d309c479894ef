/*
 * group_norm.c - group normalization of images (Wu and He 2018), with the bias
 * of each channel before it and the SiLU after it
 *
 * The unit of work is a range of images, each of which fits into the cache.
 */
#include <string.h>
#include <tgmath.h>

#include "core/tape.h"
#include "kernels/fastmath.h"

static const double EPS = 1e-5;

enum { B = NN_BLOCK };

struct arg { size_t groups; bool silu; };

/* Saved for backward, (n, c) each: h = x scale + shift has mean 0 and variance
 * 1 over its group. */
struct aux { nn_real *scale, *shift; };

/* The backward pass. */
struct job {
	struct nn_node	*y;
	nn_real		beta;		/* of dx, as nn_grad_beta sets it */
	/* (n, c) each; k and l: see average_groups */
	nn_real		*dw, *db, *dcb, *k, *l;
};

static bool
has_channel_bias(const struct nn_node *y)
{
	return y->inputs == 4;
}

static int
shape(struct nn_node *y)
{
	const struct nn_shape *x = &y->in[0]->shape;
	const struct arg *arg = y->arg;

	y->shape = *x;
	if (x->rank != 4 || x->dim[1] % B || y->in[1]->len != x->dim[1] ||
	    y->in[2]->len != x->dim[1])
		return nn_fail_shape(y);
	if (has_channel_bias(y) && y->in[3]->len != x->dim[0] * x->dim[1])
		return nn_fail_shape(y);
	if (arg->groups < 1 || x->dim[1] % arg->groups)
		return nn_fail(y->net, "group_norm: %zu channels, %zu "
		    "groups", x->dim[1], arg->groups);
	return 0;
}

static size_t
count_pixels(const struct nn_node *y)
{
	return y->shape.dim[2] * y->shape.dim[3];
}

/* The offset of the pixels of image n, channels c to c + B - 1. */
static size_t
find_plane(const struct nn_node *y, size_t n, size_t c)
{
	return (n * y->shape.dim[1] + c) * count_pixels(y);
}

/* Mean and variance of each channel of a block over the pixels of an image. */
static void
compute_moments(const nn_real *x, size_t m, nn_real mean[B], nn_real var[B])
{
	nn_real s[B] = { 0 }, q[B] = { 0 };

	for (size_t i = 0; i < m; i++)
		for (int b = 0; b < B; b++)
			s[b] += x[i * B + b];
	for (int b = 0; b < B; b++)
		s[b] /= m;
	for (size_t i = 0; i < m; i++)
		for (int b = 0; b < B; b++)
			q[b] += (x[i * B + b] - s[b]) * (x[i * B + b] - s[b]);
	for (int b = 0; b < B; b++) {
		mean[b] = s[b];
		var[b] = q[b] / m;
	}
}

/*
 * scale and shift of an image, which hold variances and means of its channels.
 * The variance of a group is the mean of the variances of its channels plus the
 * variance of their means.
 */
static void
normalize_groups(struct nn_node *y, size_t n)
{
	const struct arg *arg = y->arg;
	const struct aux *aux = y->aux;
	size_t channels = y->shape.dim[1], each = channels / arg->groups;
	nn_real *mean = aux->shift + n * channels;
	nn_real *var = aux->scale + n * channels;
	const nn_real *cb = has_channel_bias(y) ?
	    y->in[3]->x + n * channels : NULL;

	for (size_t c = 0; c < channels; c += each) {
		double mu = 0, v = 0, scale;

		for (size_t i = c; i < c + each; i++) {
			mean[i] += cb ? cb[i] : 0;
			mu += mean[i];
		}
		mu /= each;
		for (size_t i = c; i < c + each; i++)
			v += var[i] + (mean[i] - mu) * (mean[i] - mu);
		scale = 1 / sqrt(v / each + EPS);
		for (size_t i = c; i < c + each; i++) {
			aux->scale[n * channels + i] = scale;
			aux->shift[n * channels + i] =
			    ((cb ? cb[i] : 0) - mu) * scale;
		}
	}
}

static void
apply_block(struct nn_node *y, size_t n, size_t c)
{
	const struct arg *arg = y->arg;
	const struct aux *aux = y->aux;
	size_t at = n * y->shape.dim[1] + c;
	const nn_real *x = y->in[0]->x + find_plane(y, n, c);
	nn_real *restrict to = y->x + find_plane(y, n, c);
	nn_real scale[B], shift[B];

	for (int b = 0; b < B; b++) {
		nn_real w = y->in[1]->x[c + b];

		scale[b] = aux->scale[at + b] * w;
		shift[b] = aux->shift[at + b] * w + y->in[2]->x[c + b];
	}
	for (size_t i = 0; i < count_pixels(y) * B; i += B)
		for (int b = 0; b < B; b++) {
			nn_real z = x[i + b] * scale[b] + shift[b];

			to[i + b] = arg->silu ? z * nn_sigmoid(z) : z;
		}
}

static int
count_ranges(const struct nn_node *y)
{
	return nn_ranges_for(nn_rows_of(y), nn_cols_of(y));
}

static void
normalize_images(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct aux *aux = y->aux;
	struct nn_range p = nn_range_of(nn_rows_of(y), part, count_ranges(y));
	size_t channels = y->shape.dim[1];

	for (size_t n = p.from; n < p.to; n++) {
		for (size_t c = 0; c < channels; c += B)
			compute_moments(y->in[0]->x + find_plane(y, n, c),
			    count_pixels(y), aux->shift + n * channels + c,
			    aux->scale + n * channels + c);
		normalize_groups(y, n);
		for (size_t c = 0; c < channels; c += B)
			apply_block(y, n, c);
	}
}

static void
forward(struct nn_node *y)
{
	struct aux *aux = y->aux = nn_alloc(y->net, 1, sizeof *aux);
	size_t n = nn_rows_of(y) * y->shape.dim[1];

	if (aux == NULL)
		return;
	aux->scale = nn_alloc(y->net, n, sizeof *aux->scale);
	aux->shift = nn_alloc(y->net, n, sizeof *aux->shift);
	if (aux->scale && aux->shift)
		nn_team_do(nn_team_of(y->net), count_ranges(y),
		    normalize_images, y);
}

/* dy becomes dz, the gradient before the SiLU; over the pixels of each channel
 * dw = sum dz h, db = sum dz */
static void
backprop_silu(const struct job *j, size_t n, size_t c)
{
	const struct nn_node *y = j->y;
	const struct arg *arg = y->arg;
	const struct aux *aux = y->aux;
	size_t at = n * y->shape.dim[1] + c;
	const nn_real *x = y->in[0]->x + find_plane(y, n, c);
	const nn_real *w = y->in[1]->x + c, *bias = y->in[2]->x + c;
	nn_real *restrict dy = y->g + find_plane(y, n, c);
	nn_real scale[B], shift[B], s[B] = { 0 }, t[B] = { 0 };

	memcpy(scale, aux->scale + at, sizeof scale);
	memcpy(shift, aux->shift + at, sizeof shift);
	for (size_t i = 0; i < count_pixels(y) * B; i += B)
		for (int b = 0; b < B; b++) {
			nn_real h = x[i + b] * scale[b] + shift[b];
			nn_real z = h * w[b] + bias[b], d = dy[i + b];

			d *= arg->silu ? nn_silu_derivative(z) : 1;
			dy[i + b] = d;
			s[b] += d * h;
			t[b] += d;
		}
	memcpy(j->dw + at, s, sizeof s);
	memcpy(j->db + at, t, sizeof t);
}

/* dx = scale (w dz - k - h l); dcb, its sum over the pixels */
static void
backprop_norm(const struct job *j, size_t n, size_t c)
{
	const struct nn_node *y = j->y;
	const struct aux *aux = y->aux;
	size_t at = n * y->shape.dim[1] + c;
	const nn_real *x = y->in[0]->x + find_plane(y, n, c);
	const nn_real *dz = y->g + find_plane(y, n, c);
	nn_real *restrict dx = y->in[0]->g + find_plane(y, n, c);
	nn_real scale[B], shift[B], gain[B], s[B] = { 0 };

	for (int b = 0; b < B; b++) {
		gain[b] = y->in[1]->x[c + b] * aux->scale[at + b];
		scale[b] = aux->scale[at + b] * aux->scale[at + b] *
		    j->l[at + b];
		shift[b] = aux->scale[at + b] * (j->k[at + b] +
		    aux->shift[at + b] * j->l[at + b]);
	}
	if (j->beta == 0)
		memset(dx, 0, count_pixels(y) * B * sizeof *dx);
	for (size_t i = 0; i < count_pixels(y) * B; i += B)
		for (int b = 0; b < B; b++) {
			nn_real d = dz[i + b] * gain[b] - x[i + b] * scale[b] -
			    shift[b];

			dx[i + b] += d;
			s[b] += d;
		}
	if (j->dcb)
		memcpy(j->dcb + at, s, sizeof s);
}

/* k and l of each channel: the means of w dz and of w dz h over its group. */
static void
average_groups(const struct job *j, size_t n)
{
	const struct arg *arg = j->y->arg;
	size_t channels = j->y->shape.dim[1], each = channels / arg->groups;
	const nn_real *w = j->y->in[1]->x;
	double m = (double)each * count_pixels(j->y);

	for (size_t c = 0; c < channels; c += each) {
		double a = 0, b = 0;

		for (size_t i = c; i < c + each; i++) {
			a += w[i] * j->db[n * channels + i];
			b += w[i] * j->dw[n * channels + i];
		}
		for (size_t i = c; i < c + each; i++) {
			j->k[n * channels + i] = a / m;
			j->l[n * channels + i] = b / m;
		}
	}
}

static void
backprop_images(void *arg, int part)
{
	const struct job *j = arg;
	struct nn_range p = nn_range_of(nn_rows_of(j->y), part,
	    count_ranges(j->y));
	size_t channels = j->y->shape.dim[1];

	for (size_t n = p.from; n < p.to; n++) {
		for (size_t c = 0; c < channels; c += B)
			backprop_silu(j, n, c);
		average_groups(j, n);
		for (size_t c = 0; c < channels; c += B)
			backprop_norm(j, n, c);
	}
}

static void
backward(struct nn_node *y)
{
	size_t n = nn_rows_of(y), channels = y->shape.dim[1];
	struct job j = { .y = y };
	nn_real *dw = nn_grad(y->in[1]), *db = nn_grad(y->in[2]);
	nn_real *dcb = has_channel_bias(y) ? nn_grad(y->in[3]) : NULL;

	j.dw = nn_alloc(y->net, 5 * n * channels, sizeof *j.dw);
	if (!nn_grad_beta(y->in[0], &j.beta) || !dw || !db || !j.dw)
		return;
	j.db = j.dw + n * channels;
	j.k = j.db + n * channels;
	j.l = j.k + n * channels;
	j.dcb = dcb ? j.l + n * channels : NULL;
	nn_team_do(nn_team_of(y->net), count_ranges(y), backprop_images, &j);
	nn_sum_rows(y->net, dw, j.dw, n, channels);
	nn_sum_rows(y->net, db, j.db, n, channels);
	if (dcb)
		nn_sum_rows(y->net, dcb, j.dcb, 1, n * channels);
}

struct nn_node *
nn_group_norm(struct nn_node *x, struct nn_node *cb, struct nn_node *w,
    struct nn_node *b, size_t groups, bool silu)
{
	static const struct nn_op op = { "group_norm", shape, forward,
		backward, sizeof(struct arg) };
	struct arg a = { groups, silu };

	return cb ? nn_apply(&op, &a, x, w, b, cb) : nn_apply(&op, &a, x, w, b);
}
