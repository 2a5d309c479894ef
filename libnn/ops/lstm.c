/*
 * lstm.c - the recurrence of an LSTM layer (Hochreiter and Schmidhuber 1997),
 * in one direction or in both at once
 *
 * Inputs: z (rows, 4 h) of each direction, the products of the layer's input
 * with the weights of the gates i, f, g, o; then w (4 h, h) of each, then
 * b (4 h) of each.
 *
 *	i, f, o = sigmoid(z + w h' + b), g = tanh(z + w h' + b)
 *	c = f c' + i g,  h = o tanh(c)
 *
 * h' and c' are those of the step before (in the second direction, the step
 * after), or 0 if the sequence has none. The unit of work of a thread is one
 * direction of UNIT sequences, through all steps.
 */
#include <string.h>

#include "kernels/fastmath.h"
#include "kernels/gemm_packed.h"

enum { I, F, G, O, GATES, UNIT = PANEL_ROWS };

struct arg { struct nn_packed_sequence pack; int directions; };

struct direction {
	struct nn_node	*z, *w, *b;
	nn_real		*c;		/* (rows, h): saved for backward */
	const nn_real	*panels;	/* w' packed; to go back, w */
	nn_real		*dh, *dc;	/* (n, h): of the step before */
	bool		 reverse;
};

struct scan {
	struct nn_node	*y;
	const struct nn_packed_sequence *pack;
	size_t		 h;
	int		 directions;
	struct direction	 dir[2];
	const nn_real	*zeros;		/* (h): state before the first step */
};

/* -------------------------------------------------------------- steps */

static size_t
count_sequences(const struct nn_packed_sequence *p, size_t t)
{
	return p->first[t + 1] - p->first[t];
}

/* The row of sequence i at the step before t in this direction; false: t is the
 * first. */
static bool
find_row_before(const struct scan *s, const struct direction *dir, size_t i,
    size_t t, size_t *row)
{
	if (dir->reverse ? t + 1 == s->pack->steps : t == 0)
		return false;
	t = dir->reverse ? t + 1 : t - 1;
	*row = s->pack->first[t] + i;
	return i < count_sequences(s->pack, t);
}

static nn_real *
get_output(const struct scan *s, const struct direction *dir, nn_real *y,
    size_t row)
{
	return y + (row * s->directions + dir->reverse) * s->h;
}

static const nn_real *
get_state_before(const struct scan *s, const struct direction *dir, size_t i,
    size_t t)
{
	size_t row;

	return find_row_before(s, dir, i, t, &row) ?
	    get_output(s, dir, s->y->x, row) : s->zeros;
}

static const nn_real *
get_cell_before(const struct scan *s, const struct direction *dir, size_t i,
    size_t t)
{
	size_t row;

	return find_row_before(s, dir, i, t, &row) ?
	    dir->c + row * s->h : s->zeros;
}

/* The sequences of a unit that have a step t. */
static struct nn_range
get_sequences(const struct scan *s, int unit, size_t t)
{
	size_t from = unit / s->directions * UNIT;
	size_t n = count_sequences(s->pack, t);
	size_t to = n - from < UNIT ? n : from + UNIT;

	return (struct nn_range){ from, from < n ? to : from };
}

static int
count_units(const struct scan *s)
{
	return (s->pack->n + UNIT - 1) / UNIT * s->directions;
}

/* ------------------------------------------------------------ forward */

/* By e^-2|x|, or by the Taylor series where that would cancel. */
static inline nn_real
eval_tanh(nn_real x)
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
update_cell(nn_real *restrict z, const nn_real *b,
    const nn_real *restrict c_before, nn_real *restrict c,
    nn_real *restrict y, size_t h)
{
	#pragma omp simd
	for (size_t j = 0; j < h; j++) {
		nn_real i = nn_sigmoid(z[j] + b[j]);
		nn_real f = nn_sigmoid(z[F * h + j] + b[F * h + j]);
		nn_real g = eval_tanh(z[G * h + j] + b[G * h + j]);
		nn_real o = nn_sigmoid(z[O * h + j] + b[O * h + j]);

		c[j] = f * c_before[j] + i * g;
		y[j] = o * eval_tanh(c[j]);
		z[j] = i;
		z[F * h + j] = f;
		z[G * h + j] = g;
		z[O * h + j] = o;
	}
}

static void
run_unit(void *arg, int unit)
{
	const struct scan *s = arg;
	const struct direction *dir = &s->dir[unit % s->directions];
	size_t h = s->h, steps = s->pack->steps;

	for (size_t k = 0; k < steps; k++) {
		size_t t = dir->reverse ? steps - 1 - k : k;
		size_t first = s->pack->first[t];
		struct nn_range p = get_sequences(s, unit, t);
		const nn_real *from[UNIT];
		nn_real *z[UNIT];

		for (size_t i = p.from; i < p.to; i++) {
			from[i - p.from] = get_state_before(s, dir, i, t);
			z[i - p.from] = dir->z->x + (first + i) * GATES * h;
		}
		nn_gemm_packed(z, from, p.to - p.from, dir->panels, h,
		    GATES * h, true);
		for (size_t i = p.from; i < p.to; i++)
			update_cell(z[i - p.from], dir->b->x,
			    get_cell_before(s, dir, i, t),
			    dir->c + (first + i) * h,
			    get_output(s, dir, s->y->x, first + i), h);
	}
}

/* ----------------------------------------------------------- backward */

static void
backprop_cell(const nn_real *restrict z, const nn_real *restrict c,
    const nn_real *restrict c_before, const nn_real *restrict dy,
    const nn_real *restrict dh, nn_real *restrict dc, nn_real *restrict dz,
    size_t h)
{
	#pragma omp simd
	for (size_t j = 0; j < h; j++) {
		nn_real i = z[j], f = z[F * h + j], g = z[G * h + j];
		nn_real o = z[O * h + j], d = dy[j] + dh[j];
		nn_real t = eval_tanh(c[j]);
		nn_real e = dc[j] + d * o * (1 - t * t);

		dz[j] = e * g * i * (1 - i);
		dz[F * h + j] = e * c_before[j] * f * (1 - f);
		dz[G * h + j] = e * i * (1 - g * g);
		dz[O * h + j] = d * t * o * (1 - o);
		dc[j] = e * f;
	}
}

static void
backprop_unit(void *arg, int unit)
{
	const struct scan *s = arg;
	const struct direction *dir = &s->dir[unit % s->directions];
	size_t h = s->h, steps = s->pack->steps;

	for (size_t k = steps; k-- > 0; ) {
		size_t t = dir->reverse ? steps - 1 - k : k;
		size_t first = s->pack->first[t];
		struct nn_range p = get_sequences(s, unit, t);
		const nn_real *dz[UNIT];
		nn_real *dh[UNIT];

		for (size_t i = p.from; i < p.to; i++) {
			size_t row = first + i;
			nn_real *to = dir->z->g + row * GATES * h;

			dz[i - p.from] = to;
			dh[i - p.from] = dir->dh + i * h;
			backprop_cell(dir->z->x + row * GATES * h,
			    dir->c + row * h, get_cell_before(s, dir, i, t),
			    get_output(s, dir, s->y->g, row), dir->dh + i * h,
			    dir->dc + i * h, to, h);
		}
		nn_gemm_packed(dh, dz, p.to - p.from, dir->panels, GATES * h,
		    h, false);
	}
}

/* The states before every step, in the order of the rows. */
struct states {
	const struct scan *s;
	const struct direction *dir;
	nn_real *to;
};

static void
copy_states(void *arg, int i)
{
	const struct states *a = arg;
	const struct scan *s = a->s;
	size_t steps = s->pack->steps;
	struct nn_range p = nn_range_of(steps, i,
	    nn_ranges_for(steps, s->pack->n * s->h));

	for (size_t t = p.from; t < p.to; t++)
		for (size_t k = 0; k < count_sequences(s->pack, t); k++)
			memcpy(a->to + (s->pack->first[t] + k) * s->h,
			    get_state_before(s, a->dir, k, t),
			    s->h * sizeof *a->to);
}

static void
backprop_weights(const struct scan *s, const struct direction *dir)
{
	struct nn *net = s->y->net;
	size_t rows = s->pack->rows, h = s->h;
	struct nn_arena_mark mark = nn_mark(net);
	struct states states = { s, dir, nn_alloc(net, rows * h,
	    sizeof(nn_real)) };
	struct nn_gemm dw = { .ta = true, .m = GATES * h, .n = h, .k = rows,
		.a = dir->z->g, .lda = GATES * h, .b = states.to, .ldb = h,
		.beta = 1, .c = dir->w->g, .ldc = h };

	if (states.to == NULL)
		return;
	nn_team_do(nn_team_of(net),
	    nn_ranges_for(s->pack->steps, s->pack->n * h), copy_states,
	    &states);
	if (dir->w->g)
		nn_run_gemm(net, &dw);
	if (dir->b->g)
		nn_sum_rows(net, dir->b->g, dir->z->g, rows, GATES * h);
	nn_release(net, mark);
}

/* ---------------------------------------------------------------- op */

static int
shape(struct nn_node *y)
{
	const struct arg *a = y->arg;
	const struct nn_node *w = y->in[a->directions];
	size_t h = nn_cols_of(w);

	y->shape = NN_SHAPE(a->pack.rows, a->directions * h);
	for (int i = 0; i < a->directions; i++) {
		const struct nn_node *z = y->in[i];

		w = y->in[a->directions + i];
		if (z->shape.rank != 2 || w->shape.rank != 2 ||
		    nn_rows_of(z) != a->pack.rows ||
		    nn_cols_of(z) != GATES * h ||
		    nn_cols_of(w) != h || nn_rows_of(w) != GATES * h ||
		    y->in[2 * a->directions + i]->len != GATES * h)
			return nn_fail_shape(y);
	}
	return 0;
}

/* aux: c of each direction. 0, or -1: out of memory. */
static int
init_scan(struct scan *s, struct nn_node *y, bool back)
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
		nn_real *panels = nn_alloc(y->net, back ?
		    nn_gemm_packed_len(GATES * h, h) :
		    nn_gemm_packed_len(h, GATES * h), sizeof *panels);

		if (panels == NULL)
			return -1;
		s->dir[i] = (struct direction){ y->in[i],
		    y->in[a->directions + i], y->in[2 * a->directions + i],
		    (nn_real *)y->aux + i * a->pack.rows * h, panels,
		    zeros + (1 + 2 * i * n) * h,
		    zeros + (1 + (2 * i + 1) * n) * h, i == 1 };
		if (back)
			nn_gemm_pack(panels, s->dir[i].w->x, false, GATES * h,
			    h);
		else
			nn_gemm_pack(panels, s->dir[i].w->x, true, h,
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
	if (init_scan(&s, y, false) == 0)
		nn_team_do(nn_team_of(y->net), count_units(&s), run_unit,
		    &s);
	nn_release(y->net, mark);
}

static void
backward(struct nn_node *y)
{
	const struct arg *a = y->arg;
	struct nn_arena_mark mark;
	struct scan s;
	nn_real beta;

	/* no other op reads z, so that its gradient can be assigned */
	for (int i = 0; i < y->inputs; i++)
		if (i >= a->directions)
			nn_grad(y->in[i]);
		else if (nn_grad_beta(y->in[i], &beta) == NULL)
			return;
	mark = nn_mark(y->net);
	if (init_scan(&s, y, true) == 0) {
		nn_team_do(nn_team_of(y->net), count_units(&s), backprop_unit,
		    &s);
		for (int i = 0; i < a->directions; i++)
			backprop_weights(&s, &s.dir[i]);
	}
	nn_release(y->net, mark);
}

struct nn_node *
nn_lstm_scan(struct nn_node *const z[], struct nn_node *const w[],
    struct nn_node *const b[], int directions,
    const struct nn_packed_sequence *pack)
{
	static const struct nn_op op = { "lstm_scan", shape, forward, backward,
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
