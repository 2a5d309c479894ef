/*
 * lstm.c - the recurrent part of a long short-term memory, in one direction
 * or in both at once
 *
 * Inputs: for each direction z (rows, 4 h), what the layer's input gives to the
 * gates i, f, g, o; then for each w (4 h, h), then for each b (4 h).
 *
 *	i, f, o = sigmoid(z + w h' + b), g = tanh(z + w h' + b)
 *	c = f c' + i g,  h = o tanh(c)
 *
 * h' and c' being those of the step before, in the second direction of the step
 * after, which for the last step of a sequence is 0. Threads take a direction
 * of some sequences, through all steps.
 */
#include <string.h>

#include "kernels/fastmath.h"
#include "kernels/gemm_packed.h"

enum { I, F, G, O, GATES, TOGETHER = PANEL_ROWS };

struct arg { struct nn_pack pack; int directions; };

/* What goes with a direction. */
struct way {
	struct nn_node	*z, *w, *b;
	nn_real		*c;		/* (rows, h): what forward keeps */
	const nn_real	*panels;	/* of w', or of w to go back */
	nn_real		*dh, *dc;	/* (n, h): to the step before */
	bool		 back;
};

/* The work of all threads. */
struct scan {
	struct nn_node	*y;
	const struct nn_pack *pack;
	size_t		 h;
	int		 directions;
	struct way	 way[2];
	const nn_real	*zeros;		/* (h): before the first step */
};

/* -------------------------------------------------------------- steps */

static size_t
count(const struct nn_pack *p, size_t t)
{
	return p->first[t + 1] - p->first[t];
}

/* The row of sequence i one step before t, as way has it. */
static bool
before(const struct scan *s, const struct way *way, size_t i, size_t t,
    size_t *row)
{
	if (way->back ? t + 1 == s->pack->steps : t == 0)
		return false;
	t = way->back ? t + 1 : t - 1;
	*row = s->pack->first[t] + i;
	return i < count(s->pack, t);
}

static nn_real *
output(const struct scan *s, const struct way *way, nn_real *y, size_t row)
{
	return y + (row * s->directions + way->back) * s->h;
}

static const nn_real *
state_before(const struct scan *s, const struct way *way, size_t i, size_t t)
{
	size_t row;

	return before(s, way, i, t, &row) ? output(s, way, s->y->x, row) :
	    s->zeros;
}

static const nn_real *
cell_before(const struct scan *s, const struct way *way, size_t i, size_t t)
{
	size_t row;

	return before(s, way, i, t, &row) ? way->c + row * s->h : s->zeros;
}

/* Which sequences of a part have a step t, and the next t. */
static struct nn_range
at_step(const struct scan *s, int part, size_t t)
{
	size_t from = part / s->directions * TOGETHER, n = count(s->pack, t);
	size_t to = n - from < TOGETHER ? n : from + TOGETHER;

	return (struct nn_range){ from, from < n ? to : from };
}

static int
parts(const struct scan *s)
{
	return (s->pack->n + TOGETHER - 1) / TOGETHER * s->directions;
}

/* ------------------------------------------------------------ forward */

/* By e^-2|x|, but by Taylor's series where that would cancel. */
static inline nn_real
tangent(nn_real x)
{
	nn_real a = x < 0 ? -x : x, e = nn_exp(-2 * a), q = x * x;
	nn_real y = (1 - e) / (1 + e), p = (nn_real)(-1382.0 / 155925);

	if (sizeof x == sizeof(double))
		return tanh(x);
	p = p * q + (nn_real)(62.0 / 2835);
	p = p * q - (nn_real)(17.0 / 315);
	p = p * q + (nn_real)(2.0 / 15);
	p = p * q - (nn_real)(1.0 / 3);
	p = (p * q + 1) * x;
	return a < (nn_real)0.35 ? p : x < 0 ? -y : y;
}

static void
cell(nn_real *restrict z, const nn_real *b, const nn_real *restrict before,
    nn_real *restrict c, nn_real *restrict y, size_t h)
{
	#pragma omp simd
	for (size_t j = 0; j < h; j++) {
		nn_real i = nn_sigmoid(z[j] + b[j]);
		nn_real f = nn_sigmoid(z[F * h + j] + b[F * h + j]);
		nn_real g = tangent(z[G * h + j] + b[G * h + j]);
		nn_real o = nn_sigmoid(z[O * h + j] + b[O * h + j]);

		c[j] = f * before[j] + i * g;
		y[j] = o * tangent(c[j]);
		z[j] = i;
		z[F * h + j] = f;
		z[G * h + j] = g;
		z[O * h + j] = o;
	}
}

/* Steps may come in any order as long as the one before is done. */
static void
forward_part(void *arg, int part)
{
	const struct scan *s = arg;
	const struct way *way = &s->way[part % s->directions];
	size_t h = s->h, steps = s->pack->steps;

	for (size_t k = 0; k < steps; k++) {
		size_t t = way->back ? steps - 1 - k : k;
		size_t first = s->pack->first[t];
		struct nn_range p = at_step(s, part, t);
		const nn_real *from[TOGETHER];
		nn_real *z[TOGETHER];

		for (size_t i = p.from; i < p.to; i++) {
			from[i - p.from] = state_before(s, way, i, t);
			z[i - p.from] = way->z->x + (first + i) * GATES * h;
		}
		nn_gemm_packed(z, from, p.to - p.from, way->panels, h,
		    GATES * h, true);
		for (size_t i = p.from; i < p.to; i++)
			cell(z[i - p.from], way->b->x,
			    cell_before(s, way, i, t),
			    way->c + (first + i) * h,
			    output(s, way, s->y->x, first + i), h);
	}
}

/* ----------------------------------------------------------- backward */

static void
cell_back(const nn_real *restrict z, const nn_real *restrict c,
    const nn_real *restrict before, const nn_real *restrict dy,
    const nn_real *restrict dh, nn_real *restrict dc, nn_real *restrict dz,
    size_t h)
{
	#pragma omp simd
	for (size_t j = 0; j < h; j++) {
		nn_real i = z[j], f = z[F * h + j], g = z[G * h + j];
		nn_real o = z[O * h + j], d = dy[j] + dh[j];
		nn_real t = tangent(c[j]);
		nn_real e = dc[j] + d * o * (1 - t * t);

		dz[j] = e * g * i * (1 - i);
		dz[F * h + j] = e * before[j] * f * (1 - f);
		dz[G * h + j] = e * i * (1 - g * g);
		dz[O * h + j] = d * t * o * (1 - o);
		dc[j] = e * f;
	}
}

static void
backward_part(void *arg, int part)
{
	const struct scan *s = arg;
	const struct way *way = &s->way[part % s->directions];
	size_t h = s->h, steps = s->pack->steps;

	for (size_t k = steps; k-- > 0; ) {
		size_t t = way->back ? steps - 1 - k : k;
		size_t first = s->pack->first[t];
		struct nn_range p = at_step(s, part, t);
		const nn_real *dz[TOGETHER];
		nn_real *dh[TOGETHER];

		for (size_t i = p.from; i < p.to; i++) {
			size_t row = first + i;
			nn_real *to = way->z->g + row * GATES * h;

			dz[i - p.from] = to;
			dh[i - p.from] = way->dh + i * h;
			cell_back(way->z->x + row * GATES * h,
			    way->c + row * h, cell_before(s, way, i, t),
			    output(s, way, s->y->g, row), way->dh + i * h,
			    way->dc + i * h, to, h);
		}
		nn_gemm_packed(dh, dz, p.to - p.from, way->panels, GATES * h,
		    h, false);
	}
}

/* The states before every step, in the order of the rows. */
struct states { const struct scan *s; const struct way *way; nn_real *to; };

static void
gather_part(void *arg, int part)
{
	const struct states *a = arg;
	const struct scan *s = a->s;
	struct nn_range p = nn_range_of(s->pack->steps, part, nn_ranges_for(s->pack->steps,
	    s->pack->n * s->h));

	for (size_t t = p.from; t < p.to; t++)
		for (size_t i = 0; i < count(s->pack, t); i++)
			memcpy(a->to + (s->pack->first[t] + i) * s->h,
			    state_before(s, a->way, i, t),
			    s->h * sizeof *a->to);
}

static void
weights_back(const struct scan *s, const struct way *way)
{
	struct nn *net = s->y->net;
	size_t rows = s->pack->rows, h = s->h;
	struct nn_arena_mark mark = nn_mark(net);
	struct states states = { s, way, nn_alloc(net, rows * h,
	    sizeof(nn_real)) };
	struct nn_gemm dw = { .ta = true, .m = GATES * h, .n = h, .k = rows,
		.a = way->z->g, .lda = GATES * h, .b = states.to, .ldb = h,
		.beta = 1, .c = way->w->g, .ldc = h };

	if (states.to == NULL)
		return;
	nn_team_do(nn_team_of(net), nn_ranges_for(s->pack->steps, s->pack->n * h),
	    gather_part, &states);
	if (way->w->g)
		nn_gemm(net, &dw);
	if (way->b->g)
		nn_sum_rows(net, way->b->g, way->z->g, rows, GATES * h);
	nn_release(net, mark);
}

/* ---------------------------------------------------------------- op */

static int
shape(struct nn_node *y)
{
	const struct arg *a = y->arg;
	const struct nn_node *w = y->in[a->directions];
	size_t h = nn_cols_of(w);

	y->shape = nn_shape(a->pack.rows, a->directions * h);
	for (int i = 0; i < a->directions; i++) {
		const struct nn_node *z = y->in[i];

		w = y->in[a->directions + i];
		if (z->shape.rank != 2 || w->shape.rank != 2 ||
		    nn_rows_of(z) != a->pack.rows || nn_cols_of(z) != GATES * h ||
		    nn_cols_of(w) != h || nn_rows_of(w) != GATES * h ||
		    y->in[2 * a->directions + i]->len != GATES * h)
			return nn_misfit(y);
	}
	return 0;
}

/* aux: c of each direction */
static int
start(struct scan *s, struct nn_node *y, bool backwards)
{
	const struct arg *a = y->arg;
	size_t h = nn_cols_of(y) / a->directions, n = a->pack.n;
	nn_real *zeros = nn_alloc(y->net, (1 + 4 * n) * h, sizeof *zeros);

	if (zeros == NULL)
		return -1;
	memset(zeros, 0, (1 + 4 * n) * h * sizeof *zeros);
	*s = (struct scan){ .y = y, .pack = &a->pack, .h = h,
	    .directions = a->directions, .zeros = zeros };
	for (int i = 0; i < a->directions; i++) {
		nn_real *panels = nn_alloc(y->net, backwards ?
		    nn_gemm_packed_len(GATES * h, h) : nn_gemm_packed_len(h, GATES * h),
		    sizeof *panels);

		if (panels == NULL)
			return -1;
		s->way[i] = (struct way){ y->in[i], y->in[a->directions + i],
		    y->in[2 * a->directions + i],
		    (nn_real *)y->aux + i * a->pack.rows * h, panels,
		    zeros + (1 + 2 * i * n) * h,
		    zeros + (1 + (2 * i + 1) * n) * h, i == 1 };
		if (backwards)
			nn_gemm_pack(panels, s->way[i].w->x, false, GATES * h,
			    h);
		else
			nn_gemm_pack(panels, s->way[i].w->x, true, h,
			    GATES * h);
	}
	return 0;
}

static void
forward(struct nn_node *y)
{
	struct nn_arena_mark mark;
	struct scan s;

	y->aux = nn_alloc(y->net, y->len, sizeof(nn_real));
	if (y->aux == NULL)
		return;
	mark = nn_mark(y->net);
	if (start(&s, y, false) == 0)
		nn_team_do(nn_team_of(y->net), parts(&s), forward_part, &s);
	nn_release(y->net, mark);
}

static void
backward(struct nn_node *y)
{
	const struct arg *a = y->arg;
	struct nn_arena_mark mark;
	struct scan s;
	nn_real beta;

	/* z has become the gates, so nobody else has read it or given it a
	 * gradient: it can be assigned. */
	for (int i = 0; i < y->inputs; i++)
		if (i >= a->directions)
			nn_grad(y->in[i]);
		else if (nn_grad_first(y->in[i], &beta) == NULL)
			return;
	mark = nn_mark(y->net);
	if (start(&s, y, true) == 0) {
		nn_team_do(nn_team_of(y->net), parts(&s), backward_part, &s);
		for (int i = 0; i < a->directions; i++)
			weights_back(&s, &s.way[i]);
	}
	nn_release(y->net, mark);
}

struct nn_node *
nn_lstm_scan(struct nn_node *const z[], struct nn_node *const w[],
    struct nn_node *const b[], int directions, const struct nn_pack *pack)
{
	static const struct nn_op op = { "lstm", shape, forward, backward,
		sizeof(struct arg) };
	struct arg arg = { *pack, directions };
	struct nn_node *in[NN_INPUTS];

	for (int i = 0; i < directions; i++) {
		in[i] = z[i];
		in[directions + i] = w[i];
		in[2 * directions + i] = b[i];
	}
	return nn_run_op(&op, &arg, in, 3 * directions);
}
