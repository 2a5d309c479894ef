/* conv_reference.c - convolutions by the book, for tests and in double */
#include "conv.h"

/* Where the three numbers of one product lie. */
struct place { size_t y, w, x; };

static void
each_product(const struct nn_conv *c,
    void (*product)(void *, const struct place *), void *arg)
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
		struct place p;

		if (y >= c->h || x >= c->w)	/* or less than 0 */
			continue;
		p.y = nn_image_at(c->oc, oh, ow, n, o, i, j);
		p.w = ((o * c->ic + in) * k + a) * k + b;
		p.x = nn_image_at(c->ic, c->h, c->w, n, in, y, x);
		product(arg, &p);
	}
}

struct arrays {
	const nn_real *a, *b;
	nn_real *to;
};

static void
forward(void *arg, const struct place *p)
{
	struct arrays *s = arg;

	s->to[p->y] += s->a[p->x] * s->b[p->w];
}

static void
to_input(void *arg, const struct place *p)
{
	struct arrays *s = arg;

	s->to[p->x] += s->a[p->y] * s->b[p->w];
}

static void
to_weights(void *arg, const struct place *p)
{
	struct arrays *s = arg;

	s->to[p->w] += s->a[p->x] * s->b[p->y];
}

/* Every place of the output: its channel. */
static void
each_output(const struct nn_conv *c, void (*f)(void *, size_t at, size_t channel),
    void *arg)
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
nn_conv_reference(struct nn *net, const struct nn_conv *c, const nn_real *x,
    const nn_real *w, const nn_real *b, nn_real *y)
{
	(void)net;
	each_output(c, set_bias, &(struct arrays){ NULL, b, y });
	each_product(c, forward, &(struct arrays){ x, w, y });
}

void
nn_conv_reference_dgrad(struct nn *net, const struct nn_conv *c, const nn_real *dy,
    const nn_real *w, nn_real *dx)
{
	(void)net;
	for (size_t i = 0; i < c->n * c->ic * c->h * c->w; i++)
		dx[i] = 0;
	each_product(c, to_input, &(struct arrays){ dy, w, dx });
}

void
nn_conv_reference_wgrad(struct nn *net, const struct nn_conv *c, const nn_real *x,
    const nn_real *dy, nn_real *dw, nn_real *db)
{
	(void)net;
	each_product(c, to_weights, &(struct arrays){ x, dy, dw });
	if (db)
		each_output(c, add_bias, &(struct arrays){ dy, NULL, db });
}
