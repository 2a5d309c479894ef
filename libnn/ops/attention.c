/*
 * attention.c - causal multi-head attention
 *
 * The matrix of scores is never stored: it is computed in tiles of SIDE queries
 * by SIDE keys, with an online softmax (Milakov and Gimelshein 2018; Dao et al.
 * 2022), and once more in the backward pass. The unit of work of a thread is
 * one head of one sequence.
 */
#include <math.h>
#include <string.h>

#include "core/scratch.h"
#include "kernels/fastmath.h"
#include "kernels/gemm_small.h"

enum { SIDE = 64 };

struct arg {
	size_t	length;			/* of a sequence */
	int	heads;
	bool	by_head;		/* columns: head, then q, k, v */
};

/* One head of one sequence. */
struct head {
	size_t		 length, width;	/* rows, columns of q, k, v */
	size_t		 stride;	/* between rows of qkv */
	size_t		 q, k, v;	/* their first columns */
	size_t		 from, out;	/* first row; column of the result */
	size_t		 at;		/* offset of its log-sum-exps */
	nn_real		 scale;
};

static int
shape(struct nn_node *y)
{
	const struct nn_node *qkv = y->in[0];
	const struct arg *a = y->arg;
	size_t cols = nn_cols_of(qkv);

	if (qkv->shape.rank != 2 || a->heads < 1 || a->length < 1 ||
	    cols % (3 * a->heads) || nn_rows_of(qkv) % a->length)
		return nn_fail_shape(y);
	y->shape = NN_SHAPE(nn_rows_of(qkv), cols / 3);
	return 0;
}

static struct head
get_head(const struct nn_node *y, int part)
{
	const struct arg *a = y->arg;
	size_t d = nn_cols_of(y), w = d / a->heads;
	size_t sequence = part / a->heads, h = part % a->heads;

	return (struct head){
		.length = a->length, .width = w, .stride = 3 * d,
		.q = a->by_head ? 3 * h * w : h * w,
		.k = a->by_head ? 3 * h * w + w : d + h * w,
		.v = a->by_head ? 3 * h * w + 2 * w : 2 * d + h * w,
		.from = sequence * a->length, .out = h * w,
		.at = part * a->length,
		.scale = 1 / sqrt((double)w),
	};
}

static size_t
count_heads(const struct nn_node *y)
{
	const struct arg *a = y->arg;

	return nn_rows_of(y) / a->length * a->heads;
}

static size_t
get_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Copy n rows, which are stride apart, to a contiguous array. */
static void
copy_rows(nn_real *restrict to, const nn_real *from, size_t stride, size_t n,
    size_t width)
{
	for (size_t i = 0; i < n; i++)
		memcpy(to + i * width, from + i * stride, width * sizeof *to);
}

/* Add the rows of a contiguous array to n rows that are stride apart. */
static void
add_rows(nn_real *restrict to, const nn_real *from, size_t stride, size_t n,
    size_t width)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < width; j++)
			to[i * stride + j] += from[i * width + j];
}

/* A tile of the scores: m queries from i on, n keys from j on. */
struct tile {
	size_t	i, m;
	size_t	j, n;
};

/* s = q k'; kt (width, length) is the transpose of k */
static void
compute_scores(const struct head *h, const struct tile *b, const nn_real *q,
    const nn_real *kt, nn_real *s)
{
	nn_run_gemm_small(&(struct nn_gemm_small){
	    .m = b->m, .n = b->n, .k = h->width,
	    .a = q + b->i * h->width, .a_row = h->width, .a_column = 1,
	    .b = kt + b->j, .b_row = h->length, .c = s, .c_row = SIDE });
}

/* How many keys of a tile the i-th query attends to: those up to itself. */
static size_t
count_keys(const struct tile *b, size_t i)
{
	return b->i + i < b->j ? 0 : get_min(b->n, b->i + i - b->j + 1);
}

/* ------------------------------------------------------------- forward */

/* Of a query: its largest score so far, the sum of e^(score - top). */
struct row { nn_real top, sum; };

/* The online softmax: s becomes e^(scale s - top), and the sums so far are
 * rescaled to the new top. */
static void
update_softmax(const struct head *h, const struct tile *b, nn_real *s,
    struct row *row, nn_real *out)
{
	for (size_t i = 0; i < b->m; i++) {
		nn_real *restrict p = s + i * SIDE, top = row[i].top, scale;
		nn_real sum = 0;
		size_t n = count_keys(b, i);

		#pragma omp simd reduction(max:top)
		for (size_t j = 0; j < n; j++)
			top = p[j] * h->scale > top ? p[j] * h->scale : top;
		scale = nn_exp(row[i].top - top);
		#pragma omp simd reduction(+:sum)
		for (size_t j = 0; j < n; j++) {
			p[j] = nn_exp(p[j] * h->scale - top);
			sum += p[j];
		}
		memset(p + n, 0, (b->n - n) * sizeof *p);
		row[i].sum = row[i].sum * scale + sum;
		row[i].top = top;
		for (size_t j = 0; scale != 1 && j < h->width; j++)
			out[i * h->width + j] *= scale;
	}
}

/* The outputs of SIDE queries, from the i-th on. */
static void
attend_queries(struct nn_node *y, const struct head *h, size_t i,
    nn_real *scratch)
{
	struct tile b = { .i = i, .m = get_min(SIDE, h->length - i) };
	size_t all = h->length * h->width;
	nn_real *q = scratch, *kt = q + all, *v = kt + all, *out = v + all;
	nn_real *s = out + SIDE * h->width;
	nn_real *log_sum = (nn_real *)y->aux + h->at + i;
	struct row row[SIDE];

	for (size_t r = 0; r < b.m; r++)
		row[r] = (struct row){ -INFINITY, 0 };
	memset(out, 0, b.m * h->width * sizeof *out);
	for (b.j = 0; b.j < i + b.m; b.j += SIDE) {
		b.n = get_min(SIDE, h->length - b.j);
		compute_scores(h, &b, q, kt, s);
		update_softmax(h, &b, s, row, out);
		nn_run_gemm_small(&(struct nn_gemm_small){
		    .m = b.m, .n = h->width, .k = b.n,
		    .a = s, .a_row = SIDE, .a_column = 1,
		    .b = v + b.j * h->width, .b_row = h->width,
		    .c = out, .c_row = h->width, .add = true });
	}
	for (size_t r = 0; r < b.m; r++) {
		nn_real *restrict to = y->x + h->out +
		    (h->from + i + r) * nn_cols_of(y);

		for (size_t j = 0; j < h->width; j++)
			to[j] = out[r * h->width + j] / row[r].sum;
		log_sum[r] = row[r].top + (nn_real)log(row[r].sum);
	}
}

struct job { struct nn_node *y; struct nn_scratch scratch; };

static void
run_head(void *arg, int part)
{
	struct job *job = arg;
	struct nn_node *y = job->y;
	struct head h = get_head(y, part);
	const nn_real *x = y->in[0]->x + h.from * h.stride;
	size_t all = h.length * h.width;
	nn_real *scratch = nn_scratch_acquire(&job->scratch);

	copy_rows(scratch, x + h.q, h.stride, h.length, h.width);
	nn_transpose_small(scratch + all, x + h.k, h.stride, h.width, h.length);
	copy_rows(scratch + 2 * all, x + h.v, h.stride, h.length, h.width);
	for (size_t i = 0; i < h.length; i += SIDE)
		attend_queries(y, &h, i, scratch);
	nn_scratch_release(&job->scratch, scratch);
}

static void
forward(struct nn_node *y)
{
	const struct arg *a = y->arg;
	size_t w = nn_cols_of(y) / a->heads;
	struct job job = { .y = y };
	struct nn_arena_mark before;

	y->aux = nn_alloc(y->net, count_heads(y) * a->length, sizeof(nn_real));
	before = nn_mark(y->net);
	if (y->aux && nn_scratch_alloc(y->net, &job.scratch,
	    (3 * a->length * w + SIDE * w + SIDE * SIDE) *
	    sizeof(nn_real)) == 0)
		nn_team_do(nn_team_of(y->net), count_heads(y), run_head, &job);
	nn_release(y->net, before);
}

/* ------------------------------------------------------------ backward */

/* Scratch arrays of one head: (length, width), but kt and vt (width, length) */
struct buffers {
	nn_real	*q, *k, *kt, *vt, *dy, *dq, *dk, *dv;
	nn_real	*dot;			/* (length): dy . y of each row */
	nn_real	*p, *ds;		/* (SIDE, SIDE) */
};

static size_t
get_buffers_size(size_t length, size_t width)
{
	return (8 * length * width + length + 2 * SIDE * SIDE) *
	    sizeof(nn_real);
}

/* From scores p and dy v' in ds: p = the attention weights, ds = the gradient
 * of the scores. */
static void
compute_weights(const struct head *h, const struct tile *b,
    const struct buffers *r, const nn_real *log_sum)
{
	for (size_t i = 0; i < b->m; i++) {
		nn_real *restrict p = r->p + i * SIDE;
		nn_real *restrict ds = r->ds + i * SIDE;
		nn_real top = log_sum[b->i + i], dot = r->dot[b->i + i];
		size_t n = count_keys(b, i);

		for (size_t j = 0; j < n; j++) {
			p[j] = nn_exp(p[j] * h->scale - top);
			ds[j] = p[j] * (ds[j] - dot) * h->scale;
		}
		memset(p + n, 0, (b->n - n) * sizeof *p);
		memset(ds + n, 0, (b->n - n) * sizeof *ds);
	}
}

/* to += s with, or += s' with */
static void
add_product(const struct head *h, const struct tile *b, const nn_real *s,
    bool transposed, const nn_real *with, nn_real *to)
{
	nn_run_gemm_small(&(struct nn_gemm_small){ .m = transposed ? b->n : b->m,
	    .n = h->width, .k = transposed ? b->m : b->n, .a = s,
	    .a_row = transposed ? 1 : SIDE, .a_column = transposed ? SIDE : 1,
	    .b = with + (transposed ? b->i : b->j) * h->width,
	    .b_row = h->width,
	    .c = to + (transposed ? b->j : b->i) * h->width,
	    .c_row = h->width, .add = true });
}

static void
backprop_tile(const struct head *h, const struct tile *b,
    const struct buffers *r, const nn_real *log_sum)
{
	compute_scores(h, b, r->q, r->kt, r->p);
	compute_scores(h, b, r->dy, r->vt, r->ds);
	compute_weights(h, b, r, log_sum);
	add_product(h, b, r->p, true, r->dy, r->dv);
	add_product(h, b, r->ds, true, r->q, r->dk);
	add_product(h, b, r->ds, false, r->k, r->dq);
}

static struct buffers
set_buffers(const struct nn_node *y, const struct head *h, nn_real *at)
{
	const nn_real *x = y->in[0]->x + h->from * h->stride;
	size_t all = h->length * h->width;
	struct buffers r = { at, at + all, at + 2 * all, at + 3 * all,
		at + 4 * all, at + 5 * all, at + 6 * all, at + 7 * all,
		at + 8 * all, at + 8 * all + h->length,
		at + 8 * all + h->length + SIDE * SIDE };

	copy_rows(r.q, x + h->q, h->stride, h->length, h->width);
	copy_rows(r.k, x + h->k, h->stride, h->length, h->width);
	nn_transpose_small(r.kt, r.k, h->width, h->width, h->length);
	nn_transpose_small(r.vt, x + h->v, h->stride, h->width, h->length);
	copy_rows(r.dy, y->g + h->from * nn_cols_of(y) + h->out, nn_cols_of(y),
	    h->length, h->width);
	memset(r.dq, 0, 3 * all * sizeof *r.dq);
	for (size_t i = 0; i < h->length; i++) {
		const nn_real *o = y->x + h->out +
		    (h->from + i) * nn_cols_of(y);
		nn_real dot = 0;

		#pragma omp simd reduction(+:dot)
		for (size_t j = 0; j < h->width; j++)
			dot += o[j] * r.dy[i * h->width + j];
		r.dot[i] = dot;
	}
	return r;
}

static void
backprop_head(void *arg, int part)
{
	struct job *job = arg;
	struct nn_node *y = job->y;
	struct head h = get_head(y, part);
	const nn_real *log_sum = (nn_real *)y->aux + h.at;
	nn_real *dx = y->in[0]->g + h.from * h.stride;
	nn_real *at = nn_scratch_acquire(&job->scratch);
	struct buffers r = set_buffers(y, &h, at);
	struct tile b;

	for (b.j = 0; b.j < h.length; b.j += SIDE) {
		b.n = get_min(SIDE, h.length - b.j);
		for (b.i = b.j; b.i < h.length; b.i += SIDE) {
			b.m = get_min(SIDE, h.length - b.i);
			backprop_tile(&h, &b, &r, log_sum);
		}
	}
	add_rows(dx + h.q, r.dq, h.stride, h.length, h.width);
	add_rows(dx + h.k, r.dk, h.stride, h.length, h.width);
	add_rows(dx + h.v, r.dv, h.stride, h.length, h.width);
	nn_scratch_release(&job->scratch, at);
}

static void
backward(struct nn_node *y)
{
	const struct arg *a = y->arg;
	struct job job = { .y = y };
	struct nn_arena_mark before;

	if (nn_grad(y->in[0]) == NULL)
		return;
	before = nn_mark(y->net);
	if (nn_scratch_alloc(y->net, &job.scratch, get_buffers_size(a->length,
	    nn_cols_of(y) / a->heads)) == 0)
		nn_team_do(nn_team_of(y->net), count_heads(y), backprop_head,
		    &job);
	nn_release(y->net, before);
}

struct nn_node *
nn_attention(struct nn_node *qkv, size_t length, int heads, bool by_head)
{
	static const struct nn_op op = { "attention", shape, forward, backward,
		sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ length, heads, by_head }), qkv);
}
