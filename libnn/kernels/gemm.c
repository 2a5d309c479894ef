/* gemm.c - matrix products, cut into parts that depend on the shapes only */
#include <cblas.h>

#include "core/tape.h"

/*
 * A part is TALL rows of the result or, when the sum is the long side (a
 * weight's gradient, where rows are few), NARROW columns. Long sums go in
 * steps of DEEP, whose slices of a and b stay in the cache.
 */
enum { TALL = 240, NARROW = 64, DEEP = 128, LONG = 1024 };

static void
multiply(const struct nn_gemm *g)
{
	enum CBLAS_TRANSPOSE ta = g->ta ? CblasTrans : CblasNoTrans;
	enum CBLAS_TRANSPOSE tb = g->tb ? CblasTrans : CblasNoTrans;

	if (sizeof(nn_real) == sizeof(double))
		cblas_dgemm(CblasRowMajor, ta, tb, g->m, g->n, g->k, 1,
		    (const double *)g->a, g->lda, (const double *)g->b, g->ldb,
		    g->beta, (double *)g->c, g->ldc);
	else
		cblas_sgemm(CblasRowMajor, ta, tb, g->m, g->n, g->k, 1,
		    (const float *)g->a, g->lda, (const float *)g->b, g->ldb,
		    g->beta, (float *)g->c, g->ldc);
}

void
nn_gemm_on_thread(const struct nn_gemm *g)
{
	struct nn_gemm step = *g;

	if (g->k < LONG) {
		multiply(g);
		return;
	}
	for (size_t k = 0; k < g->k; k += DEEP) {
		step.k = g->k - k < DEEP ? g->k - k : DEEP;
		step.a = g->a + k * (g->ta ? g->lda : 1);
		step.b = g->b + k * (g->tb ? 1 : g->ldb);
		multiply(&step);
		step.beta = 1;
	}
}

static bool
by_columns(const struct nn_gemm *g)
{
	return g->k >= LONG && g->m < LONG;
}

static void
one_part(void *arg, int i)
{
	const struct nn_gemm *g = arg;
	struct nn_gemm part = *g;
	size_t from;

	if (by_columns(g)) {
		from = (size_t)i * NARROW;
		part.n = g->n - from < NARROW ? g->n - from : NARROW;
		part.b = g->b + from * (g->tb ? g->ldb : 1);
		part.c = g->c + from;
	} else {
		size_t tall = g->m >= LONG ? TALL : NARROW;

		from = i * tall;
		part.m = g->m - from < tall ? g->m - from : tall;
		part.a = g->a + from * (g->ta ? 1 : g->lda);
		part.c = g->c + from * g->ldc;
	}
	nn_gemm_on_thread(&part);
}

void
nn_gemm(struct nn *net, const struct nn_gemm *g)
{
	size_t tall = g->m >= LONG ? TALL : NARROW;
	int parts = by_columns(g) ? (g->n + NARROW - 1) / NARROW :
	    (g->m + tall - 1) / tall;

	if (nn_gemm_fits_bf16(net, g)) {
		nn_gemm_bf16(net, g);
		return;
	}
	nn_team_do(nn_team_of(net), parts, one_part, (void *)g);
}
