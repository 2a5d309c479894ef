/*
 * linear_cross_entropy.c - a linear layer and the cross entropy of its outputs,
 * in chunks of rows
 *
 * With a large vocabulary the outputs of all rows, and their gradient, would
 * take more memory than all other layers. In training the gradients of h, w
 * and b are computed chunk by chunk in the forward pass, while the outputs are
 * in the cache, for a gradient of the loss of 1; backward scales them.
 */
#include <string.h>

#include "core/tape.h"
#include "kernels/argmax.h"
#include "kernels/fastmath.h"
#include "kernels/log_sum.h"

enum { CHUNK_LEN = 1 << 20, MIN_ROWS = 64 };	/* outputs, rows of a chunk */

struct arg { const int *label; struct nn_score *score; };

/* aux: gradients for a gradient of the loss of 1; NULL: not computed yet. */
struct gradients { nn_real *dh, *dw, *db; };

struct job {
	struct nn_node	*y;
	bool		 gradients;	/* compute them too */
	size_t		 from, n;	/* rows of this chunk */
	nn_real		*out;		/* (n, classes): outputs, then dout */
	double		*loss;		/* of every row */
	bool		*wrong;
};

static int
shape(struct nn_node *y)
{
	const struct nn_node *h = y->in[0], *w = y->in[1];
	const struct arg *a = y->arg;

	y->shape = NN_SHAPE(1);
	if (h->shape.rank != 2 || w->shape.rank != 2 ||
	    nn_cols_of(h) != nn_cols_of(w) ||
	    (y->inputs == 3 && y->in[2]->len != nn_rows_of(w)))
		return nn_fail_shape(y);
	for (size_t i = 0; i < nn_rows_of(h); i++)
		if (a->label[i] < 0 || (size_t)a->label[i] >= nn_rows_of(w))
			return nn_fail(y->net, "linear_cross_entropy: label "
			    "%d, but %zu classes", a->label[i], nn_rows_of(w));
	return 0;
}

/* out = b: the matrix product is added to it. */
static void
set_bias(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_node *b = j->y->in[2];
	struct nn_range p = nn_range_of(j->n, i, nn_ranges_for(j->n, b->len));

	for (size_t r = p.from; r < p.to; r++)
		memcpy(j->out + r * b->len, b->x, b->len * sizeof *b->x);
}

static void
compute_cross_entropy(void *arg, int i)
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
			j->wrong[j->from + r] = nn_is_misclassified(x, m,
			    label);
		#pragma omp simd reduction(+:sum)
		for (size_t k = 0; k < m; k++) {
			x[k] = nn_exp(x[k] - top);
			sum += x[k];
		}
		j->loss[j->from + r] = (nn_log_sum(x, m, sum) +
		    ((double)top - right)) / all;
		if (!j->gradients)
			continue;
		sum = 1 / (sum * all);
		for (size_t k = 0; k < m; k++)
			x[k] *= sum;
		x[label] -= (nn_real)1 / all;
	}
}

/* dh, dw and db of a chunk, given dout. */
static void
backprop_chunk(struct job *j)
{
	struct nn_node *y = j->y, *h = y->in[0], *w = y->in[1];
	struct gradients *grad = y->aux;
	size_t m = nn_rows_of(w), k = nn_cols_of(w);
	struct nn_gemm dh = { .m = j->n, .n = k, .k = m, .a = j->out, .lda = m,
		.b = w->x, .ldb = k, .c = grad->dh + j->from * k, .ldc = k };
	struct nn_gemm dw = { .ta = true, .m = m, .n = k, .k = j->n,
		.a = j->out, .lda = m, .b = h->x + j->from * k, .ldb = k,
		.beta = j->from > 0, .c = grad->dw, .ldc = k };

	nn_run_gemm(y->net, &dh);
	nn_run_gemm(y->net, &dw);
	if (grad->db)
		nn_sum_rows(y->net, grad->db, j->out, j->n, m);
}

static void
run_chunk(struct job *j)
{
	struct nn_node *y = j->y, *h = y->in[0], *w = y->in[1];
	size_t m = nn_rows_of(w), k = nn_cols_of(w);
	struct nn_gemm out = { .tb = true, .m = j->n, .n = m, .k = k,
		.a = h->x + j->from * k, .lda = k, .b = w->x, .ldb = k,
		.beta = y->inputs == 3, .c = j->out, .ldc = m };

	if (y->inputs == 3)
		nn_team_do(nn_team_of(y->net), nn_ranges_for(j->n, m),
		    set_bias, j);
	nn_run_gemm(y->net, &out);
	nn_team_do(nn_team_of(y->net), nn_ranges_for(j->n, m),
	    compute_cross_entropy, j);
	if (j->gradients)
		backprop_chunk(j);
}

static struct gradients *
alloc_gradients(struct nn_node *y)
{
	const struct nn_node *h = y->in[0], *w = y->in[1];
	struct gradients *grad = nn_alloc(y->net, 1, sizeof *grad);

	if (grad == NULL)
		return NULL;
	grad->dh = nn_alloc(y->net, h->len, sizeof(nn_real));
	grad->dw = nn_alloc(y->net, w->len, sizeof(nn_real));
	grad->db = NULL;
	if (y->inputs == 3) {
		grad->db = nn_alloc(y->net, nn_rows_of(w), sizeof(nn_real));
		if (grad->db)
			memset(grad->db, 0, nn_rows_of(w) * sizeof *grad->db);
	}
	if (!grad->dh || !grad->dw || (y->inputs == 3 && !grad->db))
		return NULL;
	return grad;
}

/* The sum of the rows' losses, always in one order; counts the errors. */
static void
sum_losses(struct job *j)
{
	struct nn_node *y = j->y;
	struct nn_score *score = ((struct arg *)y->arg)->score;
	size_t n = nn_rows_of(y->in[0]);
	double sum = 0;

	if (score)
		*score = (struct nn_score){ .total = n };
	for (size_t i = 0; i < n; i++) {
		sum += j->loss[i];
		if (score)
			score->wrong += j->wrong[i];
	}
	y->x[0] = sum;
}

static void
run_chunks(struct nn_node *y, bool gradients)
{
	size_t n = nn_rows_of(y->in[0]), m = nn_rows_of(y->in[1]);
	size_t chunk = CHUNK_LEN / m < MIN_ROWS ? MIN_ROWS : CHUNK_LEN / m;
	struct job j = { .y = y, .gradients = gradients };
	struct nn_arena_mark before;

	if (gradients && (y->aux = alloc_gradients(y)) == NULL)
		return;
	before = nn_mark(y->net);
	if (chunk > n)
		chunk = n;
	j.out = nn_alloc(y->net, chunk * m, sizeof *j.out);
	j.loss = nn_alloc(y->net, n, sizeof *j.loss);
	j.wrong = nn_alloc(y->net, n, sizeof *j.wrong);
	if (j.out && j.loss && j.wrong) {
		for (; j.from < n; j.from += j.n) {
			j.n = n - j.from < chunk ? n - j.from : chunk;
			run_chunk(&j);
		}
		sum_losses(&j);
	}
	nn_release(y->net, before);
}

static void
forward(struct nn_node *y)
{
	run_chunks(y, y->requires_grad && nn_get_mode(y->net) == NN_MODE_TRAIN);
}

struct sum { nn_real *to; const nn_real *from; size_t n; nn_real scale; };

static void
add_range(void *arg, int i)
{
	const struct sum *s = arg;
	struct nn_range p = nn_range_of(s->n, i, nn_ranges_for(s->n, 1));

	for (size_t j = p.from; j < p.to; j++)
		s->to[j] += s->scale * s->from[j];
}

static void
pass_gradient(struct nn_node *y, struct nn_node *to, const nn_real *from)
{
	struct sum s = { nn_grad(to), from, to->len, y->g[0] };

	if (s.to)
		nn_team_do(nn_team_of(y->net), nn_ranges_for(s.n, 1),
		    add_range, &s);
}

static void
backward(struct nn_node *y)
{
	const struct gradients *grad;

	if (y->aux == NULL)
		run_chunks(y, true);
	grad = y->aux;
	if (grad == NULL)
		return;
	pass_gradient(y, y->in[0], grad->dh);
	pass_gradient(y, y->in[1], grad->dw);
	if (grad->db)
		pass_gradient(y, y->in[2], grad->db);
}

struct nn_node *
nn_linear_cross_entropy(struct nn_node *h, struct nn_node *w, struct nn_node *b,
    const int *label, struct nn_score *score)
{
	static const struct nn_op op = { "linear_cross_entropy", shape, forward,
		backward, sizeof(struct arg) };
	struct arg a = { label, score };

	return b ? nn_apply(&op, &a, h, w, b) : nn_apply(&op, &a, h, w);
}
