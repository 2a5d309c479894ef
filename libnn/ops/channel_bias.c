/* channel_bias.c - a bias for each channel of images, or of each of them */
#include "core/tape.h"

static int
shape(struct nn_node *y)
{
	const struct nn_node *x = y->in[0], *b = y->in[1];

	y->shape = x->shape;
	return x->shape.rank == 4 && (b->len == x->shape.dim[1] ||
	    b->len == x->shape.dim[0] * x->shape.dim[1]) ? 0 :
	    nn_fail_shape(y);
}

/* Channels that are stored together. */
static size_t
get_block(const struct nn_node *y)
{
	return y->shape.dim[1] % NN_BLOCK ? 1 : NN_BLOCK;
}

/* Where the bias of channel c of image n is. */
static size_t
find_bias(const struct nn_node *y, size_t n, size_t c)
{
	size_t channels = y->shape.dim[1];

	return y->in[1]->len == channels ? c : n * channels + c;
}

static int
count_ranges(const struct nn_node *y)
{
	return nn_ranges_for(nn_rows_of(y), nn_cols_of(y));
}

static void
add_images(void *arg, int part)
{
	struct nn_node *y = arg;
	struct nn_range p = nn_range_of(nn_rows_of(y), part, count_ranges(y));
	size_t channels = y->shape.dim[1], block = get_block(y);
	size_t m = y->shape.dim[2] * y->shape.dim[3];

	for (size_t n = p.from; n < p.to; n++)
		for (size_t c = 0; c < channels; c += block) {
			size_t at = (n * channels + c) * m;
			const nn_real *b = y->in[1]->x + find_bias(y, n, c);

			for (size_t i = 0; i < m * block; i++)
				y->x[at + i] = y->in[0]->x[at + i] +
				    b[i % block];
		}
}

static void
forward(struct nn_node *y)
{
	nn_team_do(nn_team_of(y->net), count_ranges(y), add_images, y);
}

static void
backward(struct nn_node *y)
{
	nn_real *db = nn_grad(y->in[1]);
	size_t channels = y->shape.dim[1], block = get_block(y);
	size_t m = y->shape.dim[2] * y->shape.dim[3];

	for (size_t n = 0; db && n < nn_rows_of(y); n++)
		for (size_t c = 0; c < channels; c++) {
			const nn_real *dy = y->g + (n * channels +
			    c / block * block) * m + c % block;
			nn_real sum = 0;

			for (size_t i = 0; i < m; i++)
				sum += dy[i * block];
			db[find_bias(y, n, c)] += sum;
		}
	nn_grad_pass(y, y->in[0]);
}

struct nn_node *
nn_channel_bias(struct nn_node *x, struct nn_node *b)
{
	static const struct nn_op op = { "channel_bias", shape, forward,
		backward, 0 };

	return nn_apply(&op, NULL, x, b);
}
