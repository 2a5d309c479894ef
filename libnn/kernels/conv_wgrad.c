/*
 * conv_wgrad.c - the gradient of a convolution's weights on images of few
 * pixels, as matrix products
 *
 * For one place of the kernel, a tap, it is the sum over images and pixels of
 * dy at the pixel times x at the pixel that the tap looks at: a product of two
 * matrices. Libraries that go image by image pass over all weights for a few
 * pixels each time. Pixels come first here, and their images lie together, so
 * that a row of pixels is one long sum. A rule of shapes says where.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/net.h"
#include "onednn.h"

enum { B = NN_BLOCK, SLICE = 128, PIXELS = 16, LEAST = 64 };

struct taps {
	struct nn	*net;
	const struct nn_conv *conv;
	bool		 bf16;
	const float	*from;		/* what is packed: (n, c, h, w) */
	size_t		 channels, slice;
	void		*to;
	void		*x, *dy;	/* both, packed */
	float		*sum;		/* (k k, oc, ic) */
	float		*dw, *db;
	char		*room;		/* a part's: scratch bytes each */
	size_t		 scratch;
	_Atomic bool	 failed;
};

bool
nn_conv_wgrad_taps_fits(const struct nn_conv *c)
{
	return c->stride == 1 && c->k == 2 * c->pad + 1 &&
	    c->h * c->w <= PIXELS && c->h > c->pad && c->w > c->pad &&
	    c->ic >= LEAST && c->oc >= LEAST && c->ic % B == 0;
}

/* ------------------------------------------------------------- packing */

/* Where n images of channel c begin, at pixel k, if slice channels lie
 * together: (channels / slice, h w, n, slice), and the last slice is less. */
static size_t
place(const struct taps *t, size_t slice, size_t c, size_t k, size_t *wide)
{
	size_t from = c / slice * slice, pixels = t->conv->h * t->conv->w;

	*wide = t->channels - from < slice ? t->channels - from : slice;
	return (from * pixels + k * *wide) * t->conv->n + c - from;
}

static void
pack_some(void *arg, int i)
{
	const struct taps *t = arg;
	const struct nn_conv *c = t->conv;
	size_t pixels = c->h * c->w, blocks = t->channels / B, wide;
	struct nn_range p = nn_range_of(c->n, i, nn_ranges_for(c->n, pixels * t->channels));

	for (size_t k = 0; k < pixels; k++)
		for (size_t n = p.from; n < p.to; n++)
			for (size_t b = 0; b < blocks; b++) {
				const float *x = t->from +
				    ((n * blocks + b) * pixels + k) * B;
				size_t at = place(t, t->slice, b * B, k, &wide);

				at += n * wide;
				if (t->bf16)
					nn_onednn_round((uint16_t *)t->to + at,
					    x, B);
				else
					memcpy((float *)t->to + at, x,
					    B * sizeof *x);
			}
}

static void *
pack(struct taps *t, const float *x, size_t channels, size_t slice)
{
	const struct nn_conv *c = t->conv;
	size_t each = c->h * c->w * channels;

	t->from = x;
	t->channels = channels;
	t->slice = slice;
	t->to = nn_alloc(t->net, c->n * each, t->bf16 ? 2 : sizeof *x);
	if (t->to)
		nn_team_do(nn_team_of(t->net), nn_ranges_for(c->n, each), pack_some, t);
	return t->to;
}

/* ------------------------------------------------------------ products */

/* Pixels i of one side, from ... to - 1, look at i + shift, which must be
 * there too. */
struct seen { size_t from, to; int shift; };

static struct seen
seen(size_t side, size_t tap, size_t pad)
{
	int shift = (int)tap - (int)pad;

	return (struct seen){ shift < 0 ? -shift : 0,
		shift > 0 ? side - shift : side, shift };
}

/* Rows of pixels that are summed at once, the first of them and how many: all
 * rows together if they are whole. */
struct runs { size_t n, pixels, dy, x, step; };

static struct runs
runs(const struct nn_conv *c, size_t tap)
{
	struct seen v = seen(c->h, tap / c->k, c->pad);
	struct seen u = seen(c->w, tap % c->k, c->pad);
	size_t rows = v.to - v.from, wide = u.to - u.from;
	size_t at = v.from * c->w + u.from;
	bool whole = wide == c->w;

	return (struct runs){ whole ? 1 : rows, whole ? rows * wide : wide, at,
		at + v.shift * (int)c->w + u.shift, c->w };
}

static size_t
slices(const struct nn_conv *c)
{
	return (c->oc + SLICE - 1) / SLICE;
}

static struct onednn_product_shape
shape(const struct taps *t, size_t tap, size_t slice, bool add)
{
	const struct nn_conv *c = t->conv;
	size_t left = c->oc - slice * SLICE;

	return (struct onednn_product_shape){ .m = left < SLICE ? left : SLICE,
		.n = c->ic, .ldc = c->ic,
		.k = runs(c, tap).pixels * c->n, .bf16 = t->bf16, .add = add };
}

/* One tap, of some output channels. */
static void
multiply(void *arg, int i)
{
	struct taps *t = arg;
	const struct nn_conv *c = t->conv;
	size_t tap = i / slices(c), from = i % slices(c) * SLICE;
	size_t size = t->bf16 ? 2 : sizeof(float);
	struct runs r = runs(c, tap);

	for (size_t k = 0; k < r.n; k++) {
		struct onednn_product_shape s = shape(t, tap, i % slices(c), k > 0);
		size_t x = (r.x + k * r.step) * c->n * c->ic, wide;
		size_t dy = place(t, SLICE, from, r.dy + k * r.step, &wide);

		if (nn_onednn_multiply(t->net, nn_onednn_product(t->net, &s, NULL),
		    (char *)t->dy + dy * size, (char *)t->x + x * size,
		    t->sum + (tap * c->oc + from) * c->ic,
		    t->room + i * t->scratch) != dnnl_success)
			t->failed = true;
	}
}

/* All products are made before threads look for them. */
static int
plan(struct taps *t)
{
	const struct nn_conv *c = t->conv;
	size_t parts = c->k * c->k * slices(c);

	for (size_t i = 0; i < 2 * parts; i++) {
		size_t tap = i / 2 / slices(c);
		struct onednn_product_shape s = shape(t, tap, i / 2 % slices(c),
		    i % 2 && runs(c, tap).n > 1);
		const struct onednn_product *p = nn_onednn_product(t->net, &s, NULL);

		if (p == NULL)
			return -1;
		if (nn_onednn_product_scratch(p) > t->scratch)
			t->scratch = nn_onednn_product_scratch(p);
	}
	t->scratch = (t->scratch + 63) / 64 * 64;
	t->room = nn_alloc(t->net, parts, t->scratch);
	return t->room ? 0 : -1;
}

/* dw and db of some output channels. */
static void
add_some(void *arg, int i)
{
	const struct taps *t = arg;
	const struct nn_conv *c = t->conv;
	size_t taps = c->k * c->k, blocks = c->oc / B, pixels = c->h * c->w;

	for (size_t o = i * B; o < (size_t)(i + 1) * B; o++)
		for (size_t tap = 0; tap < taps; tap++) {
			const float *sum = t->sum + (tap * c->oc + o) * c->ic;
			float *restrict dw = t->dw + o * c->ic * taps + tap;

			for (size_t j = 0; j < c->ic; j++)
				dw[j * taps] += sum[j];
		}
	for (size_t n = 0; t->db && n < c->n; n++)
		for (size_t k = 0; k < pixels * B; k++)
			t->db[i * B + k % B] +=
			    t->from[(n * blocks + i) * pixels * B + k];
}

void
nn_conv_wgrad_taps(struct nn *net, const struct nn_conv *c, const float *x,
    const float *dy, float *dw, float *db)
{
	struct taps t = { .net = net, .conv = c, .dw = dw, .db = db,
		.bf16 = nn_onednn_algorithm(net, c) == BF16 };
	size_t taps = c->k * c->k;

	t.sum = nn_alloc(net, taps * c->oc * c->ic, sizeof *t.sum);
	t.x = pack(&t, x, c->ic, c->ic);
	t.dy = pack(&t, dy, c->oc, SLICE);	/* the last: db is of it */
	if (t.sum == NULL || t.x == NULL || t.dy == NULL || plan(&t) < 0)
		return;
	nn_team_do(nn_team_of(net), taps * slices(c), multiply, &t);
	nn_team_do(nn_team_of(net), c->oc / B, add_some, &t);
	if (t.failed)
		nn_fail(net, "conv: oneDNN: failed");
}
