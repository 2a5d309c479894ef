/* head_scores.c - what each attention head does by itself with its columns */
#include <tgmath.h>

#include "core/tape.h"

static int
scores_shape(struct nn_node *y)
{
	const struct nn_node *q = y->in[0], *k = y->in[1];
	int heads = *(int *)y->arg;

	y->shape = nn_shape(nn_high(k), heads);
	if (nn_high(q) != 1 || nn_wide(q) != nn_wide(k) || heads < 1 ||
	    nn_wide(k) % heads)
		return nn_misfit(y);
	return 0;
}

static void
scores_forward(struct nn_node *y)
{
	size_t d = nn_wide(y->in[1]), heads = nn_wide(y), each = d / heads;
	nn_real scale = 1 / sqrt((nn_real)each);

	for (size_t i = 0; i < y->len; i++) {
		const nn_real *q = y->in[0]->x + i % heads * each;
		const nn_real *k = y->in[1]->x + i / heads * d +
		    i % heads * each;
		nn_real dot = 0;

		#pragma omp simd reduction(+:dot)
		for (size_t j = 0; j < each; j++)
			dot += q[j] * k[j];
		y->x[i] = dot * scale;
	}
}

static void
scores_backward(struct nn_node *y)
{
	size_t d = nn_wide(y->in[1]), heads = nn_wide(y), each = d / heads;
	nn_real scale = 1 / sqrt((nn_real)each);
	nn_real *dq = nn_grad(y->in[0]), *dk = nn_grad(y->in[1]);

	for (size_t i = 0; i < y->len; i++) {
		size_t at = i % heads * each, row = i / heads * d + at;
		nn_real dy = y->g[i] * scale;

		for (size_t j = 0; dq && j < each; j++)
			dq[at + j] += dy * y->in[1]->x[row + j];
		for (size_t j = 0; dk && j < each; j++)
			dk[row + j] += dy * y->in[0]->x[at + j];
	}
}

struct nn_node *
nn_scores(struct nn_node *q, struct nn_node *k, int heads)
{
	static const struct nn_op op = { "scores", scores_shape, scores_forward,
		scores_backward, sizeof heads };

	return nn_apply(&op, &heads, q, k);
}

static int
headwise_shape(struct nn_node *y)
{
	const struct nn_node *v = y->in[0], *w = y->in[1];
	int heads = *(int *)y->arg;

	y->shape = nn_shape(nn_high(v), heads * nn_high(w));
	if (nn_wide(v) != nn_wide(w) || heads < 1 || nn_wide(v) % heads)
		return nn_misfit(y);
	return 0;
}

static void
headwise_one(void *arg, int head)
{
	struct nn_node *y = arg;
	const struct nn_node *v = y->in[0], *w = y->in[1];
	size_t d = nn_wide(v), each = d / *(int *)y->arg, m = nn_high(w);
	struct gemm g = { .tb = true, .m = nn_high(v), .n = m, .k = each,
		.a = v->x + head * each, .lda = d, .b = w->x + head * each,
		.ldb = d, .c = y->x + head * m, .ldc = nn_wide(y) };

	gemm_one(&g);
}

static void
headwise_forward(struct nn_node *y)
{
	team_do(nn_team(y->net), *(int *)y->arg, headwise_one, y);
}

static void
headwise_one_back(void *arg, int head)
{
	struct nn_node *y = arg;
	const struct nn_node *v = y->in[0], *w = y->in[1];
	size_t d = nn_wide(v), each = d / *(int *)y->arg, m = nn_high(w);
	size_t n = nn_high(v), ldy = nn_wide(y);
	struct gemm dv = { .m = n, .n = each, .k = m, .a = y->g + head * m,
		.lda = ldy, .b = w->x + head * each, .ldb = d, .beta = 1,
		.c = v->g + head * each, .ldc = d };
	struct gemm dw = { .ta = true, .m = m, .n = each, .k = n,
		.a = y->g + head * m, .lda = ldy, .b = v->x + head * each,
		.ldb = d, .beta = 1, .c = w->g + head * each, .ldc = d };

	if (v->g)
		gemm_one(&dv);
	if (w->g)
		gemm_one(&dw);
}

static void
headwise_backward(struct nn_node *y)
{
	nn_grad(y->in[0]);
	nn_grad(y->in[1]);
	team_do(nn_team(y->net), *(int *)y->arg, headwise_one_back, y);
}

struct nn_node *
nn_headwise(struct nn_node *v, struct nn_node *w, int heads)
{
	static const struct nn_op op = { "headwise", headwise_shape,
		headwise_forward, headwise_backward, sizeof heads };

	return nn_apply(&op, &heads, v, w);
}
