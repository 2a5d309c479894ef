/* conv_reference.c - convolutions by their definition, for double and tests */
#include "conv.h"

/* Offsets of the three elements of a term y += w x. */
struct term { size_t y, w, x; };

static void
visit_terms(const struct nn_conv *c, void (*f)(void *, const struct term *),
    void *arg)
{
	size_t oh = nn_conv_out(c, c->h), ow = nn_conv_out(c, c->w), k = c->k;

	for (size_t n = 0; n < c->n; n++)
	for (size_t o = 0; o < c->oc; o++)
	for (size_t i = 0; i < oh; i++)
	for (size_t j = 0; j < ow; j++)
	for (size_t in = 0; in < c->ic; in++)
	for (size_t a = 0; a < k; a++)
	for (size_t b = 0; b < k; b++) {
		size_t y = i * c->stride + a - c->pad;
		size_t x = j * c->stride + b - c->pad;
		struct term t;

		if (y >= c->h || x >= c->w)	/* also if negative */
			continue;
		t.y = nn_image_at(c->oc, oh, ow, n, o, i, j);
		t.w = ((o * c->ic + in) * k + a) * k + b;
		t.x = nn_image_at(c->ic, c->h, c->w, n, in, y, x);
		f(arg, &t);
	}
}

struct arrays {
	const nn_real *a, *b;
	nn_real *to;
};

static void
add_forward(void *arg, const struct term *t)
{
	struct arrays *s = arg;

	s->to[t->y] += s->a[t->x] * s->b[t->w];
}

static void
add_dgrad(void *arg, const struct term *t)
{
	struct arrays *s = arg;

	s->to[t->x] += s->a[t->y] * s->b[t->w];
}

static void
add_wgrad(void *arg, const struct term *t)
{
	struct arrays *s = arg;

	s->to[t->w] += s->a[t->x] * s->b[t->y];
}

/* All elements of the output, with their channel. */
static void
visit_output(const struct nn_conv *c,
    void (*f)(void *, size_t at, size_t channel), void *arg)
{
	size_t oh = nn_conv_out(c, c->h), ow = nn_conv_out(c, c->w);

	for (size_t n = 0; n < c->n; n++)
		for (size_t o = 0; o < c->oc; o++)
			for (size_t i = 0; i < oh * ow; i++)
				f(arg, nn_image_at(c->oc, oh, ow, n, o, i / ow,
				    i % ow), o);
}

static void
set_bias(void *arg, size_t at, size_t channel)
{
	struct arrays *s = arg;

	s->to[at] = s->b ? s->b[channel] : 0;
}

static void
add_bias(void *arg, size_t at, size_t channel)
{
	struct arrays *s = arg;

	s->to[channel] += s->a[at];
}

void
nn_conv_reference(const struct nn_conv *c, const nn_real *x,
    const nn_real *w, const nn_real *b, nn_real *y)
{
	visit_output(c, set_bias, &(struct arrays){ NULL, b, y });
	visit_terms(c, add_forward, &(struct arrays){ x, w, y });
}

void
nn_conv_reference_dgrad(const struct nn_conv *c, const nn_real *dy,
    const nn_real *w, nn_real *dx)
{
	for (size_t i = 0; i < c->n * c->ic * c->h * c->w; i++)
		dx[i] = 0;
	visit_terms(c, add_dgrad, &(struct arrays){ dy, w, dx });
}

void
nn_conv_reference_wgrad(const struct nn_conv *c, const nn_real *x,
    const nn_real *dy, nn_real *dw, nn_real *db)
{
	visit_terms(c, add_wgrad, &(struct arrays){ x, dy, dw });
	if (db)
		visit_output(c, add_bias, &(struct arrays){ dy, NULL, db });
}
