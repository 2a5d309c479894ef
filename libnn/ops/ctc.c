/*
 * ctc.c - connectionist temporal classification loss (Graves et al. 2006)
 *
 * The probability of the labels is the sum over all paths through the frames
 * that spell them: any number of blanks between labels, at least one between
 * equal ones. The states of a path are blank, first label, blank, second label,
 * ..., blank. alpha is the log probability of all path prefixes that end in a
 * state at a frame, beta that of all suffixes from there. They are stored in
 * double; the terms added at each frame are small, and computed as nn_real. The
 * unit of work of a thread is a sequence.
 */
#include <math.h>
#include <string.h>

#include "core/tape.h"
#include "kernels/fastmath.h"

#define LOG_ZERO (-1e30)	/* a finite logarithm of 0 */

enum { SKIP = 2 };	/* states by which a path advances at most */

struct arg {
	struct nn_packed_sequence pack;
	const int *label, *labels;
};

/* aux: an array of them */
struct sequence {
	size_t		 frames, states;
	nn_real		*p;		/* log softmax, as x: all sequences */
	double		*alpha;		/* (frames, SKIP + states) */
	double		*work;		/* (3, SKIP + states) */
	int		*symbol;	/* (states) */
	double		 log_p;		/* log probability of the labels */
};

static size_t
get_row_len(const struct sequence *o)
{
	return SKIP + o->states;
}

/* ------------------------------------------------------------ logarithms */

/* log x for 1 <= x <= 3: 2 artanh((x - 1) / (x + 1)), of x or x / 2 */
static inline nn_real
eval_log(nn_real x)
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
	return top + eval_log(nn_exp((nn_real)(a - top)) +
	    nn_exp((nn_real)(b - top)) + nn_exp((nn_real)(c - top)));
}

static void
compute_log_softmax(const nn_real *restrict x, nn_real *restrict p, size_t m)
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

/* The offset in x of a frame of the i-th sequence. */
static size_t
find_frame(const struct nn_node *y, size_t i, size_t frame)
{
	const struct arg *a = y->arg;

	return (a->pack.first[frame] + i) * nn_cols_of(y->in[0]);
}

/* 0 where a path may skip the blank before a state, otherwise LOG_ZERO. */
static double *
set_skips(const struct sequence *o)
{
	double *skip = o->work;

	for (size_t s = 0; s < o->states; s++)
		skip[s] = s % 2 && s > 1 &&
		    o->symbol[s] != o->symbol[s - SKIP] ? 0 : LOG_ZERO;
	return skip;
}

/* Each row of alpha is preceded by SKIP elements that are LOG_ZERO. */
static void
run_sequence(void *arg, int i)
{
	struct nn_node *y = arg;
	struct sequence *o = (struct sequence *)y->aux + i;
	size_t n = o->states, m = nn_cols_of(y->in[0]);
	const double *skip = set_skips(o);
	double *restrict alpha = NULL;

	for (size_t t = 0; t < o->frames; t++) {
		nn_real *p = o->p + find_frame(y, i, t);
		const double *from = alpha;

		compute_log_softmax(y->in[0]->x + find_frame(y, i, t), p, m);
		alpha = o->alpha + t * get_row_len(o) + SKIP;
		alpha[-1] = alpha[-2] = LOG_ZERO;
		for (size_t s = 0; t == 0 && s < n; s++)
			alpha[s] = (s < 2 ? 0 : LOG_ZERO) + p[o->symbol[s]];
		if (t == 0)
			continue;
		#pragma omp simd
		for (size_t s = 0; s < n; s++)
			alpha[s] = p[o->symbol[s]] + add_logs(from[s],
			    from[s - 1], from[s - 2] + skip[s]);
	}
	o->log_p = add_logs(alpha[n - 1], alpha[n - 2], LOG_ZERO);
}

/* Whether there are enough frames for the labels. */
static bool
is_feasible(const struct sequence *o)
{
	return !(o->log_p < LOG_ZERO / 2);	/* also if NaN */
}

/* The weight of a sequence's loss in the mean. */
static double
get_loss_weight(const struct nn_node *y, size_t i)
{
	const struct arg *a = y->arg;

	return 1.0 / a->pack.n / (a->labels[i] ? a->labels[i] : 1);
}

/* dx at a frame: softmax less the posterior of each symbol */
static void
backprop_frame(const struct sequence *o, const nn_real *p, const double *alpha,
    const double *beta, nn_real scale, nn_real *dx, size_t m)
{
	for (size_t j = 0; j < m; j++)
		dx[j] += scale * nn_exp(p[j]);
	for (size_t s = 0; s < o->states; s++) {
		double x = alpha[s] + beta[s] - o->log_p;

		dx[o->symbol[s]] -= scale * nn_exp((nn_real)(x < 0 ? x : 0));
	}
}

/* next: beta of the frame after plus the log probabilities of that frame; SKIP
 * elements after its states are LOG_ZERO. */
static void
backprop_sequence(void *arg, int i)
{
	struct nn_node *y = arg;
	const struct sequence *o = (struct sequence *)y->aux + i;
	size_t n = o->states, m = nn_cols_of(y->in[0]);
	nn_real scale = y->g[0] * get_loss_weight(y, i);
	double *skip = set_skips(o), *next = skip + get_row_len(o);
	double *restrict beta = next + get_row_len(o);

	if (!is_feasible(o))
		return;
	skip[n] = skip[n + 1] = next[n] = next[n + 1] = LOG_ZERO;
	for (size_t t = o->frames; t-- > 0; ) {
		const nn_real *p = o->p + find_frame(y, i, t);

		#pragma omp simd
		for (size_t s = 0; s < n; s++)
			beta[s] = t + 1 < o->frames ? add_logs(next[s],
			    next[s + 1], next[s + 2] + skip[s + 2]) :
			    s + 2 < n ? LOG_ZERO : 0;
		backprop_frame(o, p, o->alpha + t * get_row_len(o) + SKIP, beta,
		    scale, y->in[0]->g + find_frame(y, i, t), m);
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

	y->shape = NN_SHAPE(1);
	if (x->shape.rank != 2 || nn_rows_of(x) != a->pack.rows)
		return nn_fail_shape(y);
	for (size_t i = 0; i < a->pack.n; i++)
		for (int j = 0; j < a->labels[i]; j++, k++)
			if (a->label[k] < 1 ||
			    (size_t)a->label[k] >= nn_cols_of(x))
				return nn_fail(y->net, "ctc_loss: label %d, "
				    "wanted 1 to %zu", a->label[k],
				    nn_cols_of(x) - 1);
	return 0;
}

static int
alloc_sequences(struct nn_node *y)
{
	const struct arg *a = y->arg;
	struct sequence *seq = nn_alloc(y->net, a->pack.n, sizeof *seq);
	nn_real *p = nn_alloc(y->net, y->in[0]->len, sizeof *p);
	const int *label = a->label;

	y->aux = seq;
	for (size_t i = 0; seq && p && i < a->pack.n; i++) {
		struct sequence *o = &seq[i];

		*o = (struct sequence){ .frames = a->pack.length[i],
		    .states = 2 * a->labels[i] + 1, .p = p };
		o->alpha = nn_alloc(y->net, o->frames * get_row_len(o),
		    sizeof *o->alpha);
		o->work = nn_alloc(y->net, 3 * get_row_len(o), sizeof *o->work);
		o->symbol = nn_alloc_ints(y->net, o->states);
		if (!o->alpha || !o->work || !o->symbol)
			return -1;
		for (size_t s = 0; s < o->states; s++)
			o->symbol[s] = s % 2 ? label[s / 2] : 0;
		label += a->labels[i];
	}
	return seq && p ? 0 : -1;
}

static void
forward(struct nn_node *y)
{
	const struct arg *a = y->arg;
	const struct sequence *seq;
	double loss = 0;

	if (alloc_sequences(y) < 0)
		return;
	nn_team_do(nn_team_of(y->net), a->pack.n, run_sequence, y);
	seq = y->aux;
	for (size_t i = 0; i < a->pack.n; i++)
		if (is_feasible(&seq[i]))
			loss -= seq[i].log_p * get_loss_weight(y, i);
	y->x[0] = loss;
}

static void
backward(struct nn_node *y)
{
	const struct arg *a = y->arg;

	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net), a->pack.n, backprop_sequence, y);
}

struct nn_node *
nn_ctc_loss(struct nn_node *x, const struct nn_packed_sequence *pack,
    const int *label, const int *labels)
{
	static const struct nn_op op = { "ctc_loss", shape, forward, backward,
		sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ *pack, label, labels }), x);
}
