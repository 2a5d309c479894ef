/*
 * conv_wgrad.c - the gradient of a convolution's weights as matrix products,
 * for images of few pixels
 *
 * For one position of the kernel (a tap) the gradient is the sum, over images
 * and pixels, of dy at a pixel times x at the pixel that the tap reads there.
 * Libraries that compute it image by image read and write all weights for the
 * sake of a few pixels. Here x and dy are packed with pixels first and all
 * images of a pixel next to each other, so that a row of pixels is the inner
 * dimension of one product. Whether this is used depends on shapes only.
 */
#include <stdatomic.h>
#include <string.h>

#include "core/net.h"
#include "onednn.h"

/* Output channels of a slice; the largest image; the fewest channels. */
enum { B = NN_BLOCK, SLICE = 128, PIXELS = 16, LEAST = 64 };

struct job {
	struct nn	*net;
	const struct nn_conv *conv;
	bool		 bf16;
	const float	*from;		/* what is packed: (n, c, h, w) */
	size_t		 channels, slice;
	void		*to;
	void		*x, *dy;	/* both, packed */
	float		*sum;		/* (k k, oc, ic) */
	float		*dw, *db;
	char		*scratch;
	size_t		 scratch_size;	/* of each product */
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

/* The offset of channel c at that pixel of the first image, where the layout is
 * (channels / slice, h w, n, slice) and the last slice may be smaller; and the
 * size of the channel's slice. */
static size_t
find_offset(const struct job *j, size_t slice, size_t c, size_t pixel,
    size_t *size)
{
	size_t from = c / slice * slice, pixels = j->conv->h * j->conv->w;

	*size = j->channels - from < slice ? j->channels - from : slice;
	return (from * pixels + pixel * *size) * j->conv->n + c - from;
}

static void
pack_range(void *arg, int i)
{
	const struct job *j = arg;
	const struct nn_conv *c = j->conv;
	size_t pixels = c->h * c->w, blocks = j->channels / B, size;
	struct nn_range r = nn_range_of(c->n, i, nn_ranges_for(c->n,
	    pixels * j->channels));

	for (size_t k = 0; k < pixels; k++)
		for (size_t n = r.from; n < r.to; n++)
			for (size_t b = 0; b < blocks; b++) {
				const float *x = j->from +
				    ((n * blocks + b) * pixels + k) * B;
				size_t at = find_offset(j, j->slice, b * B, k,
				    &size);

				at += n * size;
				if (j->bf16)
					nn_round_bf16((uint16_t *)j->to + at,
					    x, B);
				else
					memcpy((float *)j->to + at, x,
					    B * sizeof *x);
			}
}

static void *
pack_images(struct job *j, const float *x, size_t channels, size_t slice)
{
	const struct nn_conv *c = j->conv;
	size_t len = c->h * c->w * channels;

	j->from = x;
	j->channels = channels;
	j->slice = slice;
	j->to = nn_alloc(j->net, c->n * len, j->bf16 ? 2 : sizeof *x);
	if (j->to)
		nn_team_do(nn_team_of(j->net), nn_ranges_for(c->n, len),
		    pack_range, j);
	return j->to;
}

/* ------------------------------------------------------------ products */

/* Along one side of the image: pixels i = from, ..., to - 1, for which the tap
 * reads a pixel inside the image, i + shift. */
struct inside { size_t from, to; int shift; };

static struct inside
find_inside(size_t side, size_t tap, size_t pad)
{
	int shift = (int)tap - (int)pad;

	return (struct inside){ shift < 0 ? -shift : 0,
		shift > 0 ? side - shift : side, shift };
}

/* The matrix products of a tap, one per row of pixels, or one for all rows if
 * these are contiguous. */
struct tap_products {
	size_t	n, pixels;		/* pixels that each sums over */
	size_t	dy, x, step;		/* first pixels; to the next product */
};

static struct tap_products
find_products(const struct nn_conv *c, size_t tap)
{
	struct inside v = find_inside(c->h, tap / c->k, c->pad);
	struct inside u = find_inside(c->w, tap % c->k, c->pad);
	size_t rows = v.to - v.from, cols = u.to - u.from;
	size_t at = v.from * c->w + u.from;
	bool contiguous = cols == c->w;

	return (struct tap_products){ contiguous ? 1 : rows,
		contiguous ? rows * cols : cols, at,
		at + v.shift * (int)c->w + u.shift, c->w };
}

static size_t
count_slices(const struct nn_conv *c)
{
	return (c->oc + SLICE - 1) / SLICE;
}

static struct matmul_shape
get_shape(const struct job *j, size_t tap, size_t slice, bool add)
{
	const struct nn_conv *c = j->conv;
	size_t left = c->oc - slice * SLICE;

	return (struct matmul_shape){ .m = left < SLICE ? left : SLICE,
		.n = c->ic, .ldc = c->ic,
		.k = find_products(c, tap).pixels * c->n, .bf16 = j->bf16,
		.add = add };
}

/* The gradient of one tap, for a slice of the output channels. */
static void
multiply_tap(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_conv *c = j->conv;
	size_t tap = i / count_slices(c), slice = i % count_slices(c);
	size_t oc = slice * SLICE, element = j->bf16 ? 2 : sizeof(float);
	struct tap_products t = find_products(c, tap);

	for (size_t k = 0; k < t.n; k++) {
		struct matmul_shape s = get_shape(j, tap, slice, k > 0);
		size_t x = (t.x + k * t.step) * c->n * c->ic, size;
		size_t dy = find_offset(j, SLICE, oc, t.dy + k * t.step, &size);

		if (nn_onednn_run_matmul(j->net, nn_onednn_plan_matmul(j->net,
		    &s, NULL), (char *)j->dy + dy * element,
		    (char *)j->x + x * element,
		    j->sum + (tap * c->oc + oc) * c->ic,
		    j->scratch + i * j->scratch_size) != dnnl_success)
			j->failed = true;
	}
}

/* Create all plans, before threads look them up. */
static int
plan_products(struct job *j)
{
	const struct nn_conv *c = j->conv;
	size_t products = c->k * c->k * count_slices(c);

	for (size_t i = 0; i < 2 * products; i++) {
		size_t tap = i / 2 / count_slices(c);
		struct matmul_shape s = get_shape(j, tap,
		    i / 2 % count_slices(c),
		    i % 2 && find_products(c, tap).n > 1);
		const struct matmul_plan *p = nn_onednn_plan_matmul(j->net, &s,
		    NULL);

		if (p == NULL)
			return -1;
		if (nn_onednn_size(p->scratch) > j->scratch_size)
			j->scratch_size = nn_onednn_size(p->scratch);
	}
	j->scratch = nn_alloc(j->net, products, j->scratch_size);
	return j->scratch ? 0 : -1;
}

/* Add the sums, transposed, to dw, and dy to db, for a block of output
 * channels. */
static void
add_block(void *arg, int i)
{
	const struct job *j = arg;
	const struct nn_conv *c = j->conv;
	size_t taps = c->k * c->k, blocks = c->oc / B, pixels = c->h * c->w;

	for (size_t o = i * B; o < (size_t)(i + 1) * B; o++)
		for (size_t tap = 0; tap < taps; tap++) {
			const float *sum = j->sum + (tap * c->oc + o) * c->ic;
			float *restrict dw = j->dw + o * c->ic * taps + tap;

			for (size_t in = 0; in < c->ic; in++)
				dw[in * taps] += sum[in];
		}
	for (size_t n = 0; j->db && n < c->n; n++)
		for (size_t k = 0; k < pixels * B; k++)
			j->db[i * B + k % B] +=
			    j->from[(n * blocks + i) * pixels * B + k];
}

void
nn_conv_wgrad_taps(struct nn *net, const struct nn_conv *c, const float *x,
    const float *dy, float *dw, float *db)
{
	struct job j = { .net = net, .conv = c, .dw = dw, .db = db,
		.bf16 = nn_conv_algorithm(net, c) == BF16 };
	size_t taps = c->k * c->k;

	j.sum = nn_alloc(net, taps * c->oc * c->ic, sizeof *j.sum);
	j.x = pack_images(&j, x, c->ic, c->ic);
	/* dy is last: the later steps use j.from and j.channels of it */
	j.dy = pack_images(&j, dy, c->oc, SLICE);
	if (j.sum == NULL || j.x == NULL || j.dy == NULL ||
	    plan_products(&j) < 0)
		return;
	nn_team_do(nn_team_of(net), taps * count_slices(c), multiply_tap, &j);
	nn_team_do(nn_team_of(net), c->oc / B, add_block, &j);
	if (j.failed)
		nn_onednn_check(net, dnnl_runtime_error);
}
