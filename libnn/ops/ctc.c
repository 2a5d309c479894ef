/*
 * ctc.c - connectionist temporal classification (Graves et al. 2006)
 *
 * Of all ways to spread the labels over the frames, with blanks between them
 * as wanted (and needed between equal ones), the sum of the probabilities. The
 * states are blank, first label, blank, second label, ..., blank; alpha is the
 * log probability to come to a state by a frame, beta that of all that follows.
 * They are kept in double; what is added to them at each frame is small, and
 * computed as nn_real. Threads take sequences.
 */
#include <math.h>
#include <string.h>

#include "core/tape.h"
#include "kernels/fastmath.h"

#define NEVER (-1e30)		/* the logarithm of 0, but finite */

enum { SKIP = 2 };		/* a path moves by up to so many states */

struct arg {
	struct nn_pack	 pack;
	const int	*label, *labels;
};

/* aux: what forward keeps of each sequence for backward */
struct one {
	size_t		 frames, states;
	const int	*label;
	nn_real		*p;		/* of all sequences: log softmax, as x */
	double		*alpha;		/* (frames, SKIP + states) */
	double		*work;		/* (3, SKIP + states) */
	int		*symbol;	/* (states) */
	double		 log;		/* of the probability of the labels */
};

static size_t
wide(const struct one *o)
{
	return SKIP + o->states;
}

/* ------------------------------------------------------------ logarithms */

/* log x for 1 <= x <= 3: 2 artanh((x - 1) / (x + 1)), of x or x / 2 */
static inline nn_real
log_small(nn_real x)
{
	nn_real m = x > (nn_real)1.5 ? x / 2 : x;
	nn_real t = (m - 1) / (m + 1), q = t * t;
	nn_real p = (nn_real)(1.0 / 9) * q + (nn_real)(1.0 / 7);

	if (sizeof x == sizeof(double))
		return log(x);
	p = (p * q + (nn_real)(1.0 / 5)) * q + (nn_real)(1.0 / 3);
	p = 2 * t * (p * q + 1);
	return x > (nn_real)1.5 ? p + (nn_real)M_LN2 : p;
}

/* log(e^a + e^b + e^c) */
static inline double
add_logs(double a, double b, double c)
{
	double top = a > b ? a : b;

	top = c > top ? c : top;
	return top + log_small(nn_exp((nn_real)(a - top)) +
	    nn_exp((nn_real)(b - top)) + nn_exp((nn_real)(c - top)));
}

static void
log_softmax(const nn_real *restrict x, nn_real *restrict p, size_t m)
{
	nn_real top = x[0], sum = 0;

	for (size_t j = 1; j < m; j++)
		top = x[j] > top ? x[j] : top;
	for (size_t j = 0; j < m; j++)
		sum += nn_exp(x[j] - top);
	sum = top + (nn_real)log((double)sum);
	for (size_t j = 0; j < m; j++)
		p[j] = x[j] - sum;
}

/* --------------------------------------------------------------- passes */

/* Where a frame of the i-th sequence begins in x. */
static size_t
at(const struct nn_node *y, size_t i, size_t frame)
{
	const struct arg *a = y->arg;

	return (a->pack.first[frame] + i) * nn_cols_of(y->in[0]);
}

/* 0 where a path may jump over the blank before a state, otherwise NEVER. */
static double *
skips(const struct one *o)
{
	double *skip = o->work;

	for (size_t s = 0; s < o->states; s++)
		skip[s] = s % 2 && s > 1 &&
		    o->symbol[s] != o->symbol[s - SKIP] ? 0 : NEVER;
	return skip;
}

/* Each row of alpha has SKIP places in front that are NEVER. */
static void
forward_part(void *arg, int i)
{
	struct nn_node *y = arg;
	struct one *o = (struct one *)y->aux + i;
	size_t n = o->states, m = nn_cols_of(y->in[0]);
	const double *skip = skips(o);
	double *restrict alpha = NULL;

	for (size_t t = 0; t < o->frames; t++) {
		nn_real *p = o->p + at(y, i, t);
		const double *from = alpha;

		log_softmax(y->in[0]->x + at(y, i, t), p, m);
		alpha = o->alpha + t * wide(o) + SKIP;
		alpha[-1] = alpha[-2] = NEVER;
		for (size_t s = 0; t == 0 && s < n; s++)
			alpha[s] = (s < 2 ? 0 : NEVER) + p[o->symbol[s]];
		if (t == 0)
			continue;
		#pragma omp simd
		for (size_t s = 0; s < n; s++)
			alpha[s] = p[o->symbol[s]] + add_logs(from[s],
			    from[s - 1], from[s - 2] + skip[s]);
	}
	o->log = add_logs(alpha[n - 1], alpha[n - 2], NEVER);
}

static bool
possible(const struct one *o)
{
	return !(o->log < NEVER / 2);	/* NaN is */
}

/* What a sequence's loss is multiplied by. */
static double
share(const struct nn_node *y, size_t i)
{
	const struct arg *a = y->arg;

	return 1.0 / a->pack.n / (a->labels[i] ? a->labels[i] : 1);
}

/* d loss / d x at a frame: softmax less the posterior of each symbol */
static void
frame_back(const struct one *o, const nn_real *p, const double *alpha,
    const double *beta, nn_real by, nn_real *dx, size_t m)
{
	for (size_t j = 0; j < m; j++)
		dx[j] += by * nn_exp(p[j]);
	for (size_t s = 0; s < o->states; s++) {
		double x = alpha[s] + beta[s] - o->log;

		dx[o->symbol[s]] -= by * nn_exp((nn_real)(x < 0 ? x : 0));
	}
}

/* next: beta of the frame after, with its own probabilities; SKIP places
 * behind its states are NEVER. */
static void
backward_part(void *arg, int i)
{
	struct nn_node *y = arg;
	const struct one *o = (struct one *)y->aux + i;
	size_t n = o->states, m = nn_cols_of(y->in[0]);
	nn_real by = y->g[0] * share(y, i);
	double *skip = skips(o), *next = skip + wide(o);
	double *restrict beta = next + wide(o);

	if (!possible(o))
		return;
	skip[n] = skip[n + 1] = next[n] = next[n + 1] = NEVER;
	for (size_t t = o->frames; t-- > 0; ) {
		const nn_real *p = o->p + at(y, i, t);

		#pragma omp simd
		for (size_t s = 0; s < n; s++)
			beta[s] = t + 1 < o->frames ? add_logs(next[s],
			    next[s + 1], next[s + 2] + skip[s + 2]) :
			    s + 2 < n ? NEVER : 0;
		frame_back(o, p, o->alpha + t * wide(o) + SKIP, beta, by,
		    y->in[0]->g + at(y, i, t), m);
		for (size_t s = 0; s < n; s++)
			next[s] = beta[s] + p[o->symbol[s]];
	}
}

/* ------------------------------------------------------------------ op */

static int
shape(struct nn_node *y)
{
	const struct nn_node *x = y->in[0];
	const struct arg *a = y->arg;
	size_t k = 0;

	y->shape = nn_shape(1);
	if (x->shape.rank != 2 || nn_rows_of(x) != a->pack.rows)
		return nn_misfit(y);
	for (size_t i = 0; i < a->pack.n; i++)
		for (int j = 0; j < a->labels[i]; j++, k++)
			if (a->label[k] < 1 ||
			    (size_t)a->label[k] >= nn_cols_of(x))
				return nn_fail(y->net, "ctc: label %d, wanted "
				    "1 to %zu", a->label[k], nn_cols_of(x) - 1);
	return 0;
}

static int
make_room(struct nn_node *y)
{
	const struct arg *a = y->arg;
	struct one *one = nn_alloc(y->net, a->pack.n, sizeof *one);
	nn_real *p = nn_alloc(y->net, y->in[0]->len, sizeof *p);
	const int *label = a->label;

	y->aux = one;
	for (size_t i = 0; one && p && i < a->pack.n; i++) {
		struct one *o = &one[i];

		*o = (struct one){ .frames = a->pack.length[i],
		    .states = 2 * a->labels[i] + 1, .label = label, .p = p };
		o->alpha = nn_alloc(y->net, o->frames * wide(o),
		    sizeof *o->alpha);
		o->work = nn_alloc(y->net, 3 * wide(o), sizeof *o->work);
		o->symbol = nn_ints(y->net, o->states);
		if (!o->alpha || !o->work || !o->symbol)
			return -1;
		for (size_t s = 0; s < o->states; s++)
			o->symbol[s] = s % 2 ? label[s / 2] : 0;
		label += a->labels[i];
	}
	return one && p ? 0 : -1;
}

static void
forward(struct nn_node *y)
{
	const struct arg *a = y->arg;
	const struct one *one;
	double loss = 0;

	if (make_room(y) < 0)
		return;
	nn_team_do(nn_team_of(y->net), a->pack.n, forward_part, y);
	one = y->aux;
	for (size_t i = 0; i < a->pack.n; i++)
		if (possible(&one[i]))
			loss -= one[i].log * share(y, i);
	y->x[0] = loss;
}

static void
backward(struct nn_node *y)
{
	const struct arg *a = y->arg;

	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net), a->pack.n, backward_part, y);
}

struct nn_node *
nn_ctc(struct nn_node *x, const struct nn_pack *pack, const int *label,
    const int *labels)
{
	static const struct nn_op op = { "ctc", shape, forward, backward,
		sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ *pack, label, labels }), x);
}
