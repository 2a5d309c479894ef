/*
 * attention.c - causal attention with several heads
 *
 * A matrix of all scores is never there: SIDE queries meet SIDE keys at a time,
 * and a softmax is corrected as larger scores turn up (Milakov and Gimelshein
 * 2018; Dao et al. 2022). Backward makes the scores anew. Threads take whole
 * heads of examples.
 */
#include <math.h>
#include <string.h>

#include "core/scratch.h"
#include "kernels/fastmath.h"
#include "kernels/gemm_small.h"

enum { SIDE = 64 };

struct arg {
	size_t	length;			/* of an example */
	int	heads;
	bool	by_head;		/* columns: head, then q, k, v */
};

/* What belongs to one head of one example. */
struct head {
	size_t		 length, width;	/* rows, columns of q, k, v */
	size_t		 row;		/* of qkv: distance */
	size_t		 q, k, v;	/* where they begin in a row */
	size_t		 from, out;	/* its first row; column of the result */
	size_t		 at;		/* of its log-sums */
	nn_real		 scale;
};

static int
shape(struct nn_node *y)
{
	const struct nn_node *qkv = y->in[0];
	const struct arg *a = y->arg;
	size_t wide = nn_cols_of(qkv);

	if (qkv->shape.rank != 2 || a->heads < 1 || a->length < 1 ||
	    wide % (3 * a->heads) || nn_rows_of(qkv) % a->length)
		return nn_misfit(y);
	y->shape = nn_shape(nn_rows_of(qkv), wide / 3);
	return 0;
}

static struct head
head_of(const struct nn_node *y, int part)
{
	const struct arg *a = y->arg;
	size_t d = nn_cols_of(y), w = d / a->heads;
	size_t example = part / a->heads, h = part % a->heads;

	return (struct head){
		.length = a->length, .width = w, .row = 3 * d,
		.q = a->by_head ? 3 * h * w : h * w,
		.k = a->by_head ? 3 * h * w + w : d + h * w,
		.v = a->by_head ? 3 * h * w + 2 * w : 2 * d + h * w,
		.from = example * a->length, .out = h * w,
		.at = part * a->length,
		.scale = 1 / sqrt((double)w),
	};
}

static size_t
parts(const struct nn_node *y)
{
	const struct arg *a = y->arg;

	return nn_rows_of(y) / a->length * a->heads;
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Some columns of rows that are apart, close together; and back, added. */
static void
gather(nn_real *restrict to, const nn_real *from, size_t row, size_t n,
    size_t width)
{
	for (size_t i = 0; i < n; i++)
		memcpy(to + i * width, from + i * row, width * sizeof *to);
}

static void
scatter_add(nn_real *restrict to, const nn_real *from, size_t row, size_t n,
    size_t width)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < width; j++)
			to[i * row + j] += from[i * width + j];
}

/* Some queries and some keys, and their product. */
struct square {
	size_t	i, m;			/* the queries */
	size_t	j, n;			/* the keys */
};

/* s = q k', with k as columns: kt (width, length) */
static void
score(const struct head *h, const struct square *b, const nn_real *q,
    const nn_real *kt, nn_real *s)
{
	nn_gemm_small(&(struct nn_gemm_small){ .m = b->m, .n = b->n, .k = h->width,
	    .a = q + b->i * h->width, .a_row = h->width, .a_column = 1,
	    .b = kt + b->j, .b_row = h->length, .c = s, .c_row = SIDE });
}

/* How many keys a query sees: those up to itself. */
static size_t
seen(const struct square *b, size_t i)
{
	return b->i + i < b->j ? 0 : smaller(b->n, b->i + i - b->j + 1);
}

/* ------------------------------------------------------------- forward */

struct row { nn_real top, sum; };

/* s becomes e^(scale s - top), what is summed up so far is scaled to match. */
static void
soften(const struct head *h, const struct square *b, nn_real *s, struct row *row,
    nn_real *out)
{
	for (size_t i = 0; i < b->m; i++) {
		nn_real *restrict p = s + i * SIDE, top = row[i].top, by;
		nn_real sum = 0;
		size_t n = seen(b, i);

		#pragma omp simd reduction(max:top)
		for (size_t j = 0; j < n; j++)
			top = p[j] * h->scale > top ? p[j] * h->scale : top;
		by = nn_exp(row[i].top - top);
		#pragma omp simd reduction(+:sum)
		for (size_t j = 0; j < n; j++) {
			p[j] = nn_exp(p[j] * h->scale - top);
			sum += p[j];
		}
		memset(p + n, 0, (b->n - n) * sizeof *p);
		row[i].sum = row[i].sum * by + sum;
		row[i].top = top;
		for (size_t j = 0; by != 1 && j < h->width; j++)
			out[i * h->width + j] *= by;
	}
}

/* All of what SIDE queries see. */
static void
attend(struct nn_node *y, const struct head *h, size_t i, nn_real *room)
{
	struct square b = { .i = i, .m = smaller(SIDE, h->length - i) };
	size_t all = h->length * h->width;
	nn_real *q = room, *kt = q + all, *v = kt + all, *out = v + all;
	nn_real *s = out + SIDE * h->width;
	nn_real *log_sum = (nn_real *)y->aux + h->at + i;
	struct row row[SIDE];

	for (size_t r = 0; r < b.m; r++)
		row[r] = (struct row){ -INFINITY, 0 };
	memset(out, 0, b.m * h->width * sizeof *out);
	for (b.j = 0; b.j < i + b.m; b.j += SIDE) {
		b.n = smaller(SIDE, h->length - b.j);
		score(h, &b, q, kt, s);
		soften(h, &b, s, row, out);
		nn_gemm_small(&(struct nn_gemm_small){ .m = b.m, .n = h->width, .k = b.n,
		    .a = s, .a_row = SIDE, .a_column = 1,
		    .b = v + b.j * h->width, .b_row = h->width,
		    .c = out, .c_row = h->width, .add = true });
	}
	for (size_t r = 0; r < b.m; r++) {
		nn_real *restrict to = y->x + (h->from + i + r) * nn_cols_of(y) +
		    h->out;

		for (size_t j = 0; j < h->width; j++)
			to[j] = out[r * h->width + j] / row[r].sum;
		log_sum[r] = row[r].top + (nn_real)log(row[r].sum);
	}
}

struct job { struct nn_node *y; struct nn_scratch rooms; };

static void
one_head(void *arg, int part)
{
	struct job *job = arg;
	struct nn_node *y = job->y;
	struct head h = head_of(y, part);
	const nn_real *x = y->in[0]->x + h.from * h.row;
	size_t all = h.length * h.width;
	nn_real *room = nn_scratch_acquire(&job->rooms);

	gather(room, x + h.q, h.row, h.length, h.width);
	nn_transpose_small(room + all, x + h.k, h.row, h.width, h.length);
	gather(room + 2 * all, x + h.v, h.row, h.length, h.width);
	for (size_t i = 0; i < h.length; i += SIDE)
		attend(y, &h, i, room);
	nn_scratch_release(&job->rooms, room);
}

static void
forward(struct nn_node *y)
{
	const struct arg *a = y->arg;
	size_t w = nn_cols_of(y) / a->heads;
	struct job job = { .y = y };
	struct nn_arena_mark before;

	y->aux = nn_alloc(y->net, parts(y) * a->length, sizeof(nn_real));
	before = nn_mark(y->net);
	if (y->aux && nn_scratch_alloc(y->net, &job.rooms, (3 * a->length * w +
	    SIDE * w + SIDE * SIDE) * sizeof(nn_real)) == 0)
		nn_team_do(nn_team_of(y->net), parts(y), one_head, &job);
	nn_release(y->net, before);
}

/* ------------------------------------------------------------ backward */

/* Arrays of one head, (length, width) but for kt and vt, (width, length). */
struct cli_room {
	nn_real	*q, *k, *kt, *vt, *dy, *dq, *dk, *dv;
	nn_real	*dot;			/* of each row of dy with that of y */
	nn_real	*p, *ds;		/* (SIDE, SIDE) */
};

static size_t
room_size(size_t length, size_t width)
{
	return (8 * length * width + length + 2 * SIDE * SIDE) *
	    sizeof(nn_real);
}

/* p = the weights, ds = the gradient of the scores. */
static void
sharpen(const struct head *h, const struct square *b, const struct cli_room *r,
    const nn_real *log_sum)
{
	for (size_t i = 0; i < b->m; i++) {
		nn_real *restrict p = r->p + i * SIDE;
		nn_real *restrict ds = r->ds + i * SIDE;
		nn_real top = log_sum[b->i + i], dot = r->dot[b->i + i];
		size_t n = seen(b, i);

		for (size_t j = 0; j < n; j++) {
			p[j] = nn_exp(p[j] * h->scale - top);
			ds[j] = p[j] * (ds[j] - dot) * h->scale;
		}
		memset(p + n, 0, (b->n - n) * sizeof *p);
		memset(ds + n, 0, (b->n - n) * sizeof *ds);
	}
}

/* to (b.m or b.n, width) += s with, s transposed or not */
static void
add_product(const struct head *h, const struct square *b, const nn_real *s,
    bool transposed, const nn_real *with, nn_real *to)
{
	nn_gemm_small(&(struct nn_gemm_small){ .m = transposed ? b->n : b->m,
	    .n = h->width, .k = transposed ? b->m : b->n, .a = s,
	    .a_row = transposed ? 1 : SIDE, .a_column = transposed ? SIDE : 1,
	    .b = with + (transposed ? b->i : b->j) * h->width,
	    .b_row = h->width,
	    .c = to + (transposed ? b->j : b->i) * h->width,
	    .c_row = h->width, .add = true });
}

static void
square_back(const struct head *h, const struct square *b, const struct cli_room *r,
    const nn_real *log_sum)
{
	score(h, b, r->q, r->kt, r->p);
	score(h, b, r->dy, r->vt, r->ds);
	sharpen(h, b, r, log_sum);
	add_product(h, b, r->p, true, r->dy, r->dv);
	add_product(h, b, r->ds, true, r->q, r->dk);
	add_product(h, b, r->ds, false, r->k, r->dq);
}

static struct cli_room
furnish(const struct nn_node *y, const struct head *h, nn_real *at)
{
	const nn_real *x = y->in[0]->x + h->from * h->row;
	size_t all = h->length * h->width;
	struct cli_room r = { at, at + all, at + 2 * all, at + 3 * all,
		at + 4 * all, at + 5 * all, at + 6 * all, at + 7 * all,
		at + 8 * all, at + 8 * all + h->length,
		at + 8 * all + h->length + SIDE * SIDE };

	gather(r.q, x + h->q, h->row, h->length, h->width);
	gather(r.k, x + h->k, h->row, h->length, h->width);
	nn_transpose_small(r.kt, r.k, h->width, h->width, h->length);
	nn_transpose_small(r.vt, x + h->v, h->row, h->width, h->length);
	gather(r.dy, y->g + h->from * nn_cols_of(y) + h->out, nn_cols_of(y),
	    h->length, h->width);
	memset(r.dq, 0, 3 * all * sizeof *r.dq);
	for (size_t i = 0; i < h->length; i++) {
		const nn_real *o = y->x + (h->from + i) * nn_cols_of(y) + h->out;
		nn_real dot = 0;

		#pragma omp simd reduction(+:dot)
		for (size_t j = 0; j < h->width; j++)
			dot += o[j] * r.dy[i * h->width + j];
		r.dot[i] = dot;
	}
	return r;
}

static void
one_head_back(void *arg, int part)
{
	struct job *job = arg;
	struct nn_node *y = job->y;
	struct head h = head_of(y, part);
	const nn_real *log_sum = (nn_real *)y->aux + h.at;
	nn_real *dx = y->in[0]->g + h.from * h.row;
	nn_real *at = nn_scratch_acquire(&job->rooms);
	struct cli_room r = furnish(y, &h, at);
	struct square b;

	for (b.j = 0; b.j < h.length; b.j += SIDE) {
		b.n = smaller(SIDE, h.length - b.j);
		for (b.i = b.j; b.i < h.length; b.i += SIDE) {
			b.m = smaller(SIDE, h.length - b.i);
			square_back(&h, &b, &r, log_sum);
		}
	}
	scatter_add(dx + h.q, r.dq, h.row, h.length, h.width);
	scatter_add(dx + h.k, r.dk, h.row, h.length, h.width);
	scatter_add(dx + h.v, r.dv, h.row, h.length, h.width);
	nn_scratch_release(&job->rooms, at);
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
	if (nn_scratch_alloc(y->net, &job.rooms, room_size(a->length,
	    nn_cols_of(y) / a->heads)) == 0)
		nn_team_do(nn_team_of(y->net), parts(y), one_head_back, &job);
	nn_release(y->net, before);
}

struct nn_node *
nn_attention(struct nn_node *qkv, size_t length, int heads, bool by_head)
{
	static const struct nn_op op = { "attention", shape, forward, backward,
		sizeof(struct arg) };

	return nn_apply(&op, (&(struct arg){ length, heads, by_head }), qkv);
}
