/*
 * conv_dgrad_small.c - the gradient of images with few channels, say of one
 *
 * oneDNN has no fast way for images that are not in blocks. For each image,
 * all taps of all pixels are one matrix product; each tap's image is then added
 * where that tap came from.
 */
#include <string.h>

#include "conv.h"

struct job {
	const struct nn_conv *conv;
	const nn_real	*dy, *w;
	nn_real		*dx, *taps;	/* of each part: (ic k k, oh ow) */
	int		 parts;
};

/* The part of to that a tap came from: y stride + a - pad, and so on. */
static void
add_tap(const struct nn_conv *c, nn_real *to, const nn_real *tap, size_t a,
    size_t b)
{
	size_t oh = nn_conv_out(c, c->h), ow = nn_conv_out(c, c->w);

	for (size_t i = 0; i < oh; i++) {
		size_t y = i * c->stride + a - c->pad;

		if (y >= c->h)		/* or less than 0 */
			continue;
		for (size_t j = 0; j < ow; j++) {
			size_t x = j * c->stride + b - c->pad;

			if (x < c->w)
				to[y * c->w + x] += tap[i * ow + j];
		}
	}
}

static void
one_image(const struct job *s, size_t n, nn_real *taps)
{
	const struct nn_conv *c = s->conv;
	size_t pixels = nn_conv_out(c, c->h) * nn_conv_out(c, c->w);
	size_t kk = c->k * c->k, plane = c->h * c->w;
	nn_real *to = s->dx + n * c->ic * plane;
	struct nn_gemm g = { .ta = true, .tb = true, .m = c->ic * kk, .n = pixels,
		.k = NN_BLOCK, .lda = c->ic * kk, .ldb = NN_BLOCK, .c = taps,
		.ldc = pixels };

	for (size_t o = 0; o < c->oc; o += NN_BLOCK) {
		g.a = s->w + o * g.lda;
		g.b = s->dy + (n * c->oc + o) * pixels;
		nn_gemm_on_thread(&g);
		g.beta = 1;
	}
	memset(to, 0, c->ic * plane * sizeof *to);
	for (size_t i = 0; i < c->ic * kk; i++)
		add_tap(c, to + i / kk * plane, taps + i * pixels,
		    i % kk / c->k, i % c->k);
}

static void
one_part(void *arg, int i)
{
	const struct job *s = arg;
	const struct nn_conv *c = s->conv;
	struct nn_range p = nn_range_of(c->n, i, s->parts);
	size_t room = c->ic * c->k * c->k * nn_conv_out(c, c->h) *
	    nn_conv_out(c, c->w);

	for (size_t n = p.from; n < p.to; n++)
		one_image(s, n, s->taps + i * room);
}

void
nn_conv_dgrad_small(struct nn *net, const struct nn_conv *c, const nn_real *dy,
    const nn_real *w, nn_real *dx)
{
	size_t pixels = nn_conv_out(c, c->h) * nn_conv_out(c, c->w);
	struct job s = { .conv = c, .dy = dy, .w = w, .dx = dx,
		.parts = nn_ranges_for(c->n, c->oc * pixels) };
	struct nn_arena_mark before = nn_mark(net);

	s.taps = nn_alloc(net, s.parts * c->ic * c->k * c->k * pixels,
	    sizeof *s.taps);
	if (s.taps)
		nn_team_do(nn_team_of(net), s.parts, one_part, &s);
	nn_release(net, before);
}
