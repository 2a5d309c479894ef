/*
 * head_scores.c - matrix products of each attention head: the scores of one
 * query, and the values times the head's columns of a matrix
 */
#include <tgmath.h>

#include "core/tape.h"

static int
scores_shape(struct nn_node *y)
{
	const struct nn_node *q = y->in[0], *k = y->in[1];
	int heads = *(int *)y->arg;

	y->shape = NN_SHAPE(nn_rows_of(k), heads);
	if (nn_rows_of(q) != 1 || nn_cols_of(q) != nn_cols_of(k) || heads < 1 ||
	    nn_cols_of(k) % heads)
		return nn_fail_shape(y);
	return 0;
}

static void
scores_forward(struct nn_node *y)
{
	size_t d = nn_cols_of(y->in[1]), heads = nn_cols_of(y);
	size_t width = d / heads;
	nn_real scale = 1 / sqrt((nn_real)width);

	for (size_t i = 0; i < y->len; i++) {
		const nn_real *q = y->in[0]->x + i % heads * width;
		const nn_real *k = y->in[1]->x + i / heads * d +
		    i % heads * width;
		nn_real dot = 0;

		#pragma omp simd reduction(+:dot)
		for (size_t j = 0; j < width; j++)
			dot += q[j] * k[j];
		y->x[i] = dot * scale;
	}
}

static void
scores_backward(struct nn_node *y)
{
	size_t d = nn_cols_of(y->in[1]), heads = nn_cols_of(y);
	size_t width = d / heads;
	nn_real scale = 1 / sqrt((nn_real)width);
	nn_real *dq = nn_grad(y->in[0]), *dk = nn_grad(y->in[1]);

	for (size_t i = 0; i < y->len; i++) {
		size_t at = i % heads * width, row = i / heads * d + at;
		nn_real dy = y->g[i] * scale;

		for (size_t j = 0; dq && j < width; j++)
			dq[at + j] += dy * y->in[1]->x[row + j];
		for (size_t j = 0; dk && j < width; j++)
			dk[row + j] += dy * y->in[0]->x[at + j];
	}
}

struct nn_node *
nn_head_scores(struct nn_node *q, struct nn_node *k, int heads)
{
	static const struct nn_op op = { "head_scores", scores_shape,
		scores_forward, scores_backward, sizeof heads };

	return nn_apply(&op, &heads, q, k);
}

static int
matmul_shape(struct nn_node *y)
{
	const struct nn_node *v = y->in[0], *w = y->in[1];
	int heads = *(int *)y->arg;

	y->shape = NN_SHAPE(nn_rows_of(v), heads * nn_rows_of(w));
	if (nn_cols_of(v) != nn_cols_of(w) || heads < 1 ||
	    nn_cols_of(v) % heads)
		return nn_fail_shape(y);
	return 0;
}

static void
multiply_head(void *arg, int head)
{
	struct nn_node *y = arg;
	const struct nn_node *v = y->in[0], *w = y->in[1];
	size_t d = nn_cols_of(v), width = d / *(int *)y->arg, m = nn_rows_of(w);
	struct nn_gemm g = { .tb = true, .m = nn_rows_of(v), .n = m, .k = width,
		.a = v->x + head * width, .lda = d, .b = w->x + head * width,
		.ldb = d, .c = y->x + head * m, .ldc = nn_cols_of(y) };

	nn_run_gemm_on_thread(&g);
}

static void
matmul_forward(struct nn_node *y)
{
	nn_team_do(nn_team_of(y->net), *(int *)y->arg, multiply_head, y);
}

static void
backprop_head(void *arg, int head)
{
	struct nn_node *y = arg;
	const struct nn_node *v = y->in[0], *w = y->in[1];
	size_t d = nn_cols_of(v), width = d / *(int *)y->arg, m = nn_rows_of(w);
	size_t n = nn_rows_of(v), ldy = nn_cols_of(y);
	struct nn_gemm dv = { .m = n, .n = width, .k = m, .a = y->g + head * m,
		.lda = ldy, .b = w->x + head * width, .ldb = d, .beta = 1,
		.c = v->g + head * width, .ldc = d };
	struct nn_gemm dw = { .ta = true, .m = m, .n = width, .k = n,
		.a = y->g + head * m, .lda = ldy, .b = v->x + head * width,
		.ldb = d, .beta = 1, .c = w->g + head * width, .ldc = d };

	if (v->g)
		nn_run_gemm_on_thread(&dv);
	if (w->g)
		nn_run_gemm_on_thread(&dw);
}

static void
matmul_backward(struct nn_node *y)
{
	nn_grad(y->in[0]);
	nn_grad(y->in[1]);
	nn_team_do(nn_team_of(y->net), *(int *)y->arg, backprop_head, y);
}

struct nn_node *
nn_head_matmul(struct nn_node *v, struct nn_node *w, int heads)
{
	static const struct nn_op op = { "head_matmul", matmul_shape,
		matmul_forward, matmul_backward, sizeof heads };

	return nn_apply(&op, &heads, v, w);
}
