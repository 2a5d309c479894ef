/* matmul.c - matrix product a b */
#include "core/tape.h"

static int
shape(struct nn_node *y)
{
	const struct nn_node *a = y->in[0], *b = y->in[1];

	y->shape = NN_SHAPE(nn_rows_of(a), nn_cols_of(b));
	if (a->shape.rank != 2 || b->shape.rank != 2 ||
	    nn_cols_of(a) != nn_rows_of(b))
		return nn_fail_shape(y);
	return 0;
}

static void
forward(struct nn_node *y)
{
	const struct nn_node *a = y->in[0], *b = y->in[1];
	size_t n = nn_rows_of(a), k = nn_cols_of(a), m = nn_cols_of(b);
	struct nn_gemm g = { .m = n, .n = m, .k = k, .a = a->x, .lda = k,
		.b = b->x, .ldb = m, .c = y->x, .ldc = m };

	nn_run_gemm(y->net, &g);
}

static void
backward(struct nn_node *y)
{
	struct nn_node *a = y->in[0], *b = y->in[1];
	size_t n = nn_rows_of(a), k = nn_cols_of(a), m = nn_cols_of(b);
	struct nn_gemm da = { .tb = true, .m = n, .n = k, .k = m, .a = y->g,
		.lda = m, .b = b->x, .ldb = m, .ldc = k };
	struct nn_gemm db = { .ta = true, .m = k, .n = m, .k = n, .a = a->x,
		.lda = k, .b = y->g, .ldb = m, .ldc = m };

	if ((da.c = nn_grad_beta(a, &da.beta)))
		nn_run_gemm(y->net, &da);
	if ((db.c = nn_grad_beta(b, &db.beta)))
		nn_run_gemm(y->net, &db);
}

struct nn_node *
nn_matmul(struct nn_node *a, struct nn_node *b)
{
	static const struct nn_op op = { "matmul", shape, forward, backward,
		0 };

	return nn_apply(&op, NULL, a, b);
}
