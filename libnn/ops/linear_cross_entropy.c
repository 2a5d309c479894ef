/*
 * linear_cross_entropy.c - the last layer and its cross entropy, some rows at a time
 *
 * With a large vocabulary the outputs of all rows, and the gradient of them,
 * would take more memory than all other layers. Their gradient is a factor of
 * that of the loss, so in training it is turned at once into those of the
 * inputs and weights, while the outputs are in the cache.
 */
#include <math.h>
#include <string.h>

#include "core/tape.h"
#include "kernels/argmax.h"
#include "kernels/fastmath.h"

enum { AT_ONCE = 1 << 20, LEAST = 64 };

struct arg { const int *label; struct nn_score *score; };

/* aux: gradients as if that of the loss were 1, or NULL if not made yet. */
struct own { nn_real *dh, *dw, *db; };

/* Some rows at work. */
struct job {
	struct nn_node	*y;
	bool		 learn;
	size_t		 from, n;	/* these rows */
	nn_real		*out;		/* (n, classes): outputs, their gradient */
	double		*loss;		/* of each row of all */
	bool		*wrong;
};

static int
shape(struct nn_node *y)
{
	const struct nn_node *h = y->in[0], *w = y->in[1];
	const struct arg *a = y->arg;

	y->shape = nn_shape(1);
	if (h->shape.rank != 2 || w->shape.rank != 2 ||
	    nn_cols_of(h) != nn_cols_of(w) ||
	    (y->inputs == 3 && y->in[2]->len != nn_rows_of(w)))
		return nn_misfit(y);
	for (size_t i = 0; i < nn_rows_of(h); i++)
		if (a->label[i] < 0 || (size_t)a->label[i] >= nn_rows_of(w))
			return nn_fail(y->net, "token %d, but %zu are known",
			    a->label[i], nn_rows_of(w));
	return 0;
}

/* The outputs' first addend. */
static void
put_bias(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_node *b = j->y->in[2];
	struct nn_range p = nn_range_of(j->n, i, nn_ranges_for(j->n, b->len));

	for (size_t r = p.from; r < p.to; r++)
		memcpy(j->out + r * b->len, b->x, b->len * sizeof *b->x);
}

static void
entropy(void *arg, int i)
{
	struct job *j = arg;
	const struct arg *a = j->y->arg;
	size_t m = nn_rows_of(j->y->in[1]), all = nn_rows_of(j->y->in[0]);
	struct nn_range p = nn_range_of(j->n, i, nn_ranges_for(j->n, m));

	for (size_t r = p.from; r < p.to; r++) {
		nn_real *restrict x = j->out + r * m;
		int label = a->label[j->from + r];
		nn_real top = nn_row_max(x, m), sum = 0, right = x[label];

		if (a->score)
			j->wrong[j->from + r] = nn_is_misclassified(x, m, label);
		#pragma omp simd reduction(+:sum)
		for (size_t k = 0; k < m; k++) {
			x[k] = nn_exp(x[k] - top);
			sum += x[k];
		}
		j->loss[j->from + r] = (log((double)sum) + top - right) / all;
		if (!j->learn)
			continue;
		sum = 1 / (sum * all);
		for (size_t k = 0; k < m; k++)
			x[k] *= sum;
		x[label] -= (nn_real)1 / all;
	}
}

/* From the outputs' gradient to those of h, w and b. */
static void
learn(struct job *j)
{
	struct nn_node *y = j->y, *h = y->in[0], *w = y->in[1];
	struct own *own = y->aux;
	size_t m = nn_rows_of(w), k = nn_cols_of(w);
	struct nn_gemm dh = { .m = j->n, .n = k, .k = m, .a = j->out, .lda = m,
		.b = w->x, .ldb = k, .c = own->dh + j->from * k, .ldc = k };
	struct nn_gemm dw = { .ta = true, .m = m, .n = k, .k = j->n, .a = j->out,
		.lda = m, .b = h->x + j->from * k, .ldb = k,
		.beta = j->from > 0, .c = own->dw, .ldc = k };

	nn_gemm(y->net, &dh);
	nn_gemm(y->net, &dw);
	if (own->db)
		nn_sum_rows(y->net, own->db, j->out, j->n, m);
}

static void
some_rows(struct job *j)
{
	struct nn_node *y = j->y, *h = y->in[0], *w = y->in[1];
	size_t m = nn_rows_of(w), k = nn_cols_of(w);
	struct nn_gemm out = { .tb = true, .m = j->n, .n = m, .k = k,
		.a = h->x + j->from * k, .lda = k, .b = w->x, .ldb = k,
		.beta = y->inputs == 3, .c = j->out, .ldc = m };

	if (y->inputs == 3)
		nn_team_do(nn_team_of(y->net), nn_ranges_for(j->n, m), put_bias, j);
	nn_gemm(y->net, &out);
	nn_team_do(nn_team_of(y->net), nn_ranges_for(j->n, m), entropy, j);
	if (j->learn)
		learn(j);
}

static struct own *
make_own(struct nn_node *y)
{
	const struct nn_node *h = y->in[0], *w = y->in[1];
	struct own *own = nn_alloc(y->net, 1, sizeof *own);

	if (own == NULL)
		return NULL;
	own->dh = nn_alloc(y->net, h->len, sizeof(nn_real));
	own->dw = nn_alloc(y->net, w->len, sizeof(nn_real));
	own->db = NULL;
	if (y->inputs == 3) {
		own->db = nn_alloc(y->net, nn_rows_of(w), sizeof(nn_real));
		if (own->db)
			memset(own->db, 0, nn_rows_of(w) * sizeof *own->db);
	}
	return own->dh && own->dw && (own->db || y->inputs == 2) ? own : NULL;
}

/* Sums always have one order. */
static void
total(struct job *j)
{
	struct nn_node *y = j->y;
	struct nn_score *score = ((struct arg *)y->arg)->score;
	size_t n = nn_rows_of(y->in[0]);
	double sum = 0;

	if (score)
		*score = (struct nn_score){ .of = n };
	for (size_t i = 0; i < n; i++) {
		sum += j->loss[i];
		if (score)
			score->wrong += j->wrong[i];
	}
	y->x[0] = sum;
}

static void
run(struct nn_node *y, bool learn)
{
	size_t n = nn_rows_of(y->in[0]), m = nn_rows_of(y->in[1]);
	size_t each = AT_ONCE / m < LEAST ? LEAST : AT_ONCE / m;
	struct job j = { .y = y, .learn = learn };
	struct nn_arena_mark before;

	if (learn && (y->aux = make_own(y)) == NULL)
		return;
	before = nn_mark(y->net);
	if (each > n)
		each = n;
	j.out = nn_alloc(y->net, each * m, sizeof *j.out);
	j.loss = nn_alloc(y->net, n, sizeof *j.loss);
	j.wrong = nn_alloc(y->net, n, sizeof *j.wrong);
	if (j.out && j.loss && j.wrong) {
		for (; j.from < n; j.from += j.n) {
			j.n = n - j.from < each ? n - j.from : each;
			some_rows(&j);
		}
		total(&j);
	}
	nn_release(y->net, before);
}

static void
forward(struct nn_node *y)
{
	run(y, y->wants && nn_get_mode(y->net) == NN_TRAINING);
}

struct sum { nn_real *to; const nn_real *from; size_t n; nn_real by; };

static void
add_some(void *arg, int i)
{
	const struct sum *s = arg;
	struct nn_range p = nn_range_of(s->n, i, nn_ranges_for(s->n, 1));

	for (size_t j = p.from; j < p.to; j++)
		s->to[j] += s->by * s->from[j];
}

static void
pass(struct nn_node *y, struct nn_node *to, const nn_real *from)
{
	struct sum s = { nn_grad(to), from, to->len, y->g[0] };

	if (s.to)
		nn_team_do(nn_team_of(y->net), nn_ranges_for(s.n, 1), add_some, &s);
}

static void
backward(struct nn_node *y)
{
	const struct own *own;

	if (y->aux == NULL)
		run(y, true);
	own = y->aux;
	if (own == NULL)
		return;
	pass(y, y->in[0], own->dh);
	pass(y, y->in[1], own->dw);
	if (own->db)
		pass(y, y->in[2], own->db);
}

struct nn_node *
nn_linear_cross_entropy(struct nn_node *h, struct nn_node *w, struct nn_node *b,
    const int *label, struct nn_score *score)
{
	static const struct nn_op op = { "output", shape, forward, backward,
		sizeof(struct arg) };
	struct arg a = { label, score };

	return b ? nn_apply(&op, &a, h, w, b) : nn_apply(&op, &a, h, w);
}
