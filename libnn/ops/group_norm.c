/*
 * group_norm.c - group normalization of images (Wu and He 2018), after a
 * number is added to each channel, perhaps, and before swish, perhaps
 *
 * A part of the work is some images, each of which fits into the cache.
 */
#include <string.h>
#include <tgmath.h>

#include "core/tape.h"
#include "kernels/fastmath.h"

static const double EPS = 1e-5;

enum { B = NN_BLOCK };

/* What forward leaves behind, (n, c) each: h = x scale + shift has mean 0 and
 * variance 1 over the group. */
struct aux { nn_real *scale, *shift; };

/* What all parts of a pass share. */
struct job {
	struct nn_node	*y;
	nn_real		beta;		/* of the input's gradient */
	/* (n, c) each; k and l are means over groups, see group_means */
	nn_real		*dgain, *doffset, *dadd, *k, *l;
};

static bool
adds(const struct nn_node *y)
{
	return y->inputs == 4;
}

static int
shape(struct nn_node *y)
{
	const struct nn_shape *x = &y->in[0]->shape;
	const struct nn_groups *g = y->arg;

	y->shape = *x;
	if (x->rank != 4 || x->dim[1] % B || y->in[1]->len != x->dim[1] ||
	    y->in[2]->len != x->dim[1])
		return nn_misfit(y);
	if (adds(y) && y->in[3]->len != x->dim[0] * x->dim[1])
		return nn_misfit(y);
	if (g->groups < 1 || x->dim[1] % g->groups)
		return nn_fail(y->net, "group_normalize: %zu channels, %zu "
		    "groups", x->dim[1], g->groups);
	return 0;
}

static size_t
pixels(const struct nn_node *y)
{
	return y->shape.dim[2] * y->shape.dim[3];
}

/* Where the pixels of image n begin that hold channel c, and B in all. */
static size_t
plane(const struct nn_node *y, size_t n, size_t c)
{
	return (n * y->shape.dim[1] + c) * pixels(y);
}

/* Mean and variance of each of a block's channels in one image. */
static void
measure(const nn_real *x, size_t m, nn_real mean[B], nn_real var[B])
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
 * From the channels' means and variances those of their groups; then h. The
 * variance of a group is the mean of its channels', plus that of their means.
 */
static void
find_groups(struct nn_node *y, size_t n)
{
	const struct nn_groups *g = y->arg;
	const struct aux *aux = y->aux;
	size_t channels = y->shape.dim[1], each = channels / g->groups;
	nn_real *mean = aux->shift + n * channels;
	nn_real *var = aux->scale + n * channels;
	const nn_real *add = adds(y) ? y->in[3]->x + n * channels : NULL;

	for (size_t c = 0; c < channels; c += each) {
		double mu = 0, v = 0, scale;

		for (size_t i = c; i < c + each; i++) {
			mean[i] += add ? add[i] : 0;
			mu += mean[i];
		}
		mu /= each;
		for (size_t i = c; i < c + each; i++)
			v += var[i] + (mean[i] - mu) * (mean[i] - mu);
		scale = 1 / sqrt(v / each + EPS);
		for (size_t i = c; i < c + each; i++) {
			aux->scale[n * channels + i] = scale;
			aux->shift[n * channels + i] =
			    ((add ? add[i] : 0) - mu) * scale;
		}
	}
}

static void
one_block(struct nn_node *y, size_t n, size_t c)
{
	const struct nn_groups *g = y->arg;
	const struct aux *aux = y->aux;
	size_t at = n * y->shape.dim[1] + c;
	const nn_real *x = y->in[0]->x + plane(y, n, c);
	nn_real *restrict to = y->x + plane(y, n, c);
	nn_real scale[B], shift[B];

	for (int b = 0; b < B; b++) {
		nn_real gain = y->in[1]->x[c + b];

		scale[b] = aux->scale[at + b] * gain;
		shift[b] = aux->shift[at + b] * gain + y->in[2]->x[c + b];
	}
	for (size_t i = 0; i < pixels(y) * B; i += B)
		for (int b = 0; b < B; b++) {
			nn_real z = x[i + b] * scale[b] + shift[b];

			to[i + b] = g->swish ? z * nn_sigmoid(z) : z;
		}
}

static int
parts(const struct nn_node *y)
{
	return nn_ranges_for(nn_rows_of(y), nn_cols_of(y));
}

static void
some_images(void *arg, int part)
{
	struct nn_node *y = arg;
	const struct aux *aux = y->aux;
	struct nn_range p = nn_range_of(nn_rows_of(y), part, parts(y));
	size_t channels = y->shape.dim[1];

	for (size_t n = p.from; n < p.to; n++) {
		for (size_t c = 0; c < channels; c += B)
			measure(y->in[0]->x + plane(y, n, c), pixels(y),
			    aux->shift + n * channels + c,
			    aux->scale + n * channels + c);
		find_groups(y, n);
		for (size_t c = 0; c < channels; c += B)
			one_block(y, n, c);
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
		nn_team_do(nn_team_of(y->net), parts(y), some_images, y);
}

/* dy becomes dz, of what comes before swish; over the pixels of each channel
 * dgain = sum dz h, doffset = sum dz */
static void
through_swish(const struct job *j, size_t n, size_t c)
{
	const struct nn_node *y = j->y;
	const struct nn_groups *g = y->arg;
	const struct aux *aux = y->aux;
	size_t at = n * y->shape.dim[1] + c;
	const nn_real *x = y->in[0]->x + plane(y, n, c);
	const nn_real *gain = y->in[1]->x + c, *offset = y->in[2]->x + c;
	nn_real *restrict dy = y->g + plane(y, n, c);
	nn_real scale[B], shift[B], s[B] = { 0 }, t[B] = { 0 };

	memcpy(scale, aux->scale + at, sizeof scale);
	memcpy(shift, aux->shift + at, sizeof shift);
	for (size_t i = 0; i < pixels(y) * B; i += B)
		for (int b = 0; b < B; b++) {
			nn_real h = x[i + b] * scale[b] + shift[b];
			nn_real z = h * gain[b] + offset[b], d = dy[i + b];

			d *= g->swish ? nn_silu_derivative(z) : 1;
			dy[i + b] = d;
			s[b] += d * h;
			t[b] += d;
		}
	memcpy(j->dgain + at, s, sizeof s);
	memcpy(j->doffset + at, t, sizeof t);
}

/* dx = scale (gain dz - k - h l), and dadd its sum over the pixels */
static void
through_norm(const struct job *j, size_t n, size_t c)
{
	const struct nn_node *y = j->y;
	const struct aux *aux = y->aux;
	size_t at = n * y->shape.dim[1] + c;
	const nn_real *x = y->in[0]->x + plane(y, n, c);
	const nn_real *dz = y->g + plane(y, n, c);
	nn_real *restrict dx = y->in[0]->g + plane(y, n, c);
	nn_real scale[B], shift[B], gain[B], s[B] = { 0 };

	for (int b = 0; b < B; b++) {
		gain[b] = y->in[1]->x[c + b] * aux->scale[at + b];
		scale[b] = aux->scale[at + b] * aux->scale[at + b] *
		    j->l[at + b];
		shift[b] = aux->scale[at + b] * (j->k[at + b] +
		    aux->shift[at + b] * j->l[at + b]);
	}
	if (j->beta == 0)
		memset(dx, 0, pixels(y) * B * sizeof *dx);
	for (size_t i = 0; i < pixels(y) * B; i += B)
		for (int b = 0; b < B; b++) {
			nn_real d = dz[i + b] * gain[b] - x[i + b] * scale[b] -
			    shift[b];

			dx[i + b] += d;
			s[b] += d;
		}
	if (j->dadd)
		memcpy(j->dadd + at, s, sizeof s);
}

/* For each channel k and l, the means of gain dz and of gain dz h over all the
 * numbers of its group. */
static void
group_means(const struct job *j, size_t n)
{
	const struct nn_groups *g = j->y->arg;
	size_t channels = j->y->shape.dim[1], each = channels / g->groups;
	const nn_real *gain = j->y->in[1]->x;
	double m = (double)each * pixels(j->y);

	for (size_t c = 0; c < channels; c += each) {
		double a = 0, b = 0;

		for (size_t i = c; i < c + each; i++) {
			a += gain[i] * j->doffset[n * channels + i];
			b += gain[i] * j->dgain[n * channels + i];
		}
		for (size_t i = c; i < c + each; i++) {
			j->k[n * channels + i] = a / m;
			j->l[n * channels + i] = b / m;
		}
	}
}

static void
some_images_back(void *arg, int part)
{
	const struct job *j = arg;
	struct nn_range p = nn_range_of(nn_rows_of(j->y), part, parts(j->y));
	size_t channels = j->y->shape.dim[1];

	for (size_t n = p.from; n < p.to; n++) {
		for (size_t c = 0; c < channels; c += B)
			through_swish(j, n, c);
		group_means(j, n);
		for (size_t c = 0; c < channels; c += B)
			through_norm(j, n, c);
	}
}

static void
backward(struct nn_node *y)
{
	size_t n = nn_rows_of(y), channels = y->shape.dim[1];
	struct job j = { .y = y };
	nn_real *dgain = nn_grad(y->in[1]), *doffset = nn_grad(y->in[2]);
	nn_real *dadd = adds(y) ? nn_grad(y->in[3]) : NULL;

	j.dgain = nn_alloc(y->net, 5 * n * channels, sizeof *j.dgain);
	if (!nn_grad_first(y->in[0], &j.beta) || !dgain || !doffset || !j.dgain)
		return;
	j.doffset = j.dgain + n * channels;
	j.k = j.doffset + n * channels;
	j.l = j.k + n * channels;
	j.dadd = dadd ? j.l + n * channels : NULL;
	nn_team_do(nn_team_of(y->net), parts(y), some_images_back, &j);
	nn_sum_rows(y->net, dgain, j.dgain, n, channels);
	nn_sum_rows(y->net, doffset, j.doffset, n, channels);
	if (dadd)
		nn_sum_rows(y->net, dadd, j.dadd, 1, n * channels);
}

struct nn_node *
nn_group_norm(struct nn_node *x, struct nn_node *add, struct nn_node *gain,
    struct nn_node *offset, const struct nn_groups *groups)
{
	static const struct nn_op op = { "group_normalize", shape, forward,
		backward, sizeof(struct nn_groups) };

	if (add)
		return nn_apply(&op, groups, x, gain, offset, add);
	return nn_apply(&op, groups, x, gain, offset);
}
