/* channel_bias.c - a number added to every pixel of a channel */
#include "core/tape.h"

static int
shape(struct nn_node *y)
{
	const struct nn_node *x = y->in[0], *v = y->in[1];

	y->shape = x->shape;
	return x->shape.rank == 4 && (v->len == x->shape.dim[1] ||
	    v->len == x->shape.dim[0] * x->shape.dim[1]) ? 0 : nn_misfit(y);
}

/* Channels that lie together, and where that of image n's channel c is. */
static size_t
block(const struct nn_node *y)
{
	return y->shape.dim[1] % NN_BLOCK ? 1 : NN_BLOCK;
}

static size_t
number(const struct nn_node *y, size_t n, size_t c)
{
	size_t channels = y->shape.dim[1];

	return y->in[1]->len == channels ? c : n * channels + c;
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
	struct nn_range p = nn_range_of(nn_rows_of(y), part, parts(y));
	size_t channels = y->shape.dim[1], b = block(y);
	size_t m = y->shape.dim[2] * y->shape.dim[3];

	for (size_t n = p.from; n < p.to; n++)
		for (size_t c = 0; c < channels; c += b) {
			size_t at = (n * channels + c) * m;
			const nn_real *v = y->in[1]->x + number(y, n, c);

			for (size_t i = 0; i < m * b; i++)
				y->x[at + i] = y->in[0]->x[at + i] + v[i % b];
		}
}

static void
forward(struct nn_node *y)
{
	nn_team_do(nn_team_of(y->net), parts(y), some_images, y);
}

static void
backward(struct nn_node *y)
{
	nn_real *dv = nn_grad(y->in[1]);
	size_t channels = y->shape.dim[1], b = block(y);
	size_t m = y->shape.dim[2] * y->shape.dim[3];

	for (size_t n = 0; dv && n < nn_rows_of(y); n++)
		for (size_t c = 0; c < channels; c++) {
			const nn_real *dy = y->g + (n * channels + c / b * b) *
			    m + c % b;
			nn_real sum = 0;

			for (size_t i = 0; i < m; i++)
				sum += dy[i * b];
			dv[number(y, n, c)] += sum;
		}
	nn_grad_pass(y, y->in[0]);
}

struct nn_node *
nn_channel_bias(struct nn_node *x, struct nn_node *v)
{
	static const struct nn_op op = { "add_channels", shape, forward,
		backward, 0 };

	return nn_apply(&op, NULL, x, v);
}
