/*
 * conv_dgrad_small.c - the gradient of images with few channels, such as one,
 * as matrix products
 *
 * oneDNN is slow for images that are not in blocks of channels. For each image,
 * w' dy is a matrix product, which has a row for each channel and tap (position
 * in the kernel); col2im then adds each row to the pixels that the tap reads.
 */
#include <string.h>

#include "conv.h"

struct job {
	const struct nn_conv *conv;
	const nn_real	*dy, *w;
	nn_real		*dx, *columns;	/* of each range: (ic k k, oh ow) */
	int		 ranges;
};

/* Add one channel's row for the tap (a, b) to the image dx of that channel. */
static void
add_tap(const struct nn_conv *c, nn_real *dx, const nn_real *row, size_t a,
    size_t b)
{
	size_t oh = nn_conv_out(c, c->h), ow = nn_conv_out(c, c->w);

	for (size_t i = 0; i < oh; i++) {
		size_t y = i * c->stride + a - c->pad;

		if (y >= c->h)		/* also if negative */
			continue;
		for (size_t j = 0; j < ow; j++) {
			size_t x = j * c->stride + b - c->pad;

			if (x < c->w)
				dx[y * c->w + x] += row[i * ow + j];
		}
	}
}

static void
convolve_image(const struct job *s, size_t n, nn_real *columns)
{
	const struct nn_conv *c = s->conv;
	size_t pixels = nn_conv_out(c, c->h) * nn_conv_out(c, c->w);
	size_t kk = c->k * c->k, plane = c->h * c->w;
	nn_real *dx = s->dx + n * c->ic * plane;
	struct nn_gemm g = { .ta = true, .tb = true, .m = c->ic * kk,
		.n = pixels, .k = NN_BLOCK, .lda = c->ic * kk, .ldb = NN_BLOCK,
		.c = columns, .ldc = pixels };

	for (size_t o = 0; o < c->oc; o += NN_BLOCK) {
		g.a = s->w + o * g.lda;
		g.b = s->dy + (n * c->oc + o) * pixels;
		nn_run_gemm_on_thread(&g);
		g.beta = 1;
	}
	memset(dx, 0, c->ic * plane * sizeof *dx);
	for (size_t i = 0; i < c->ic * kk; i++)
		add_tap(c, dx + i / kk * plane, columns + i * pixels,
		    i % kk / c->k, i % c->k);
}

static void
convolve_range(void *arg, int i)
{
	const struct job *s = arg;
	const struct nn_conv *c = s->conv;
	struct nn_range r = nn_range_of(c->n, i, s->ranges);
	size_t size = c->ic * c->k * c->k * nn_conv_out(c, c->h) *
	    nn_conv_out(c, c->w);

	for (size_t n = r.from; n < r.to; n++)
		convolve_image(s, n, s->columns + i * size);
}

void
nn_conv_dgrad_small(struct nn *net, const struct nn_conv *c, const nn_real *dy,
    const nn_real *w, nn_real *dx)
{
	size_t pixels = nn_conv_out(c, c->h) * nn_conv_out(c, c->w);
	struct job s = { .conv = c, .dy = dy, .w = w, .dx = dx,
		.ranges = nn_ranges_for(c->n, c->oc * pixels) };
	struct nn_arena_mark before = nn_mark(net);

	s.columns = nn_alloc(net, s.ranges * c->ic * c->k * c->k * pixels,
	    sizeof *s.columns);
	if (s.columns)
		nn_team_do(nn_team_of(net), s.ranges, convolve_range, &s);
	nn_release(net, before);
}
