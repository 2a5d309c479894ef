/* gemm.c - matrix products by BLAS, in tasks that depend on shapes only */
#include <cblas.h>

#include "core/tape.h"

/*
 * A task computes TALL or NARROW rows of the result; or NARROW columns, if k is
 * large and rows are few, as in the gradient of a weight. A large k is divided
 * into blocks of DEEP, so that slices of a and b stay in the cache.
 */
enum { TALL = 240, NARROW = 64, DEEP = 128, LONG = 1024 };

static void
call_blas(const struct nn_gemm *g)
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
nn_run_gemm_on_thread(const struct nn_gemm *g)
{
	struct nn_gemm block = *g;

	if (g->k < LONG) {
		call_blas(g);
		return;
	}
	for (size_t k = 0; k < g->k; k += DEEP) {
		block.k = g->k - k < DEEP ? g->k - k : DEEP;
		block.a = g->a + k * (g->ta ? g->lda : 1);
		block.b = g->b + k * (g->tb ? 1 : g->ldb);
		call_blas(&block);
		block.beta = 1;
	}
}

static bool
has_column_tasks(const struct nn_gemm *g)
{
	return g->k >= LONG && g->m < LONG;
}

/* Rows of a task, unless tasks are columns. */
static size_t
count_rows(const struct nn_gemm *g)
{
	return g->m >= LONG ? TALL : NARROW;
}

static void
run_task(void *arg, int i)
{
	const struct nn_gemm *g = arg;
	struct nn_gemm task = *g;
	size_t from;

	if (has_column_tasks(g)) {
		from = (size_t)i * NARROW;
		task.n = g->n - from < NARROW ? g->n - from : NARROW;
		task.b = g->b + from * (g->tb ? g->ldb : 1);
		task.c = g->c + from;
	} else {
		size_t rows = count_rows(g);

		from = i * rows;
		task.m = g->m - from < rows ? g->m - from : rows;
		task.a = g->a + from * (g->ta ? 1 : g->lda);
		task.c = g->c + from * g->ldc;
	}
	nn_run_gemm_on_thread(&task);
}

void
nn_run_gemm(struct nn *net, const struct nn_gemm *g)
{
	size_t rows = count_rows(g);
	int tasks = has_column_tasks(g) ? (g->n + NARROW - 1) / NARROW :
	    (g->m + rows - 1) / rows;

	if (nn_gemm_fits_bf16(net, g)) {
		nn_run_gemm_bf16(net, g);
		return;
	}
	nn_team_do(nn_team_of(net), tasks, run_task, (void *)g);
}
