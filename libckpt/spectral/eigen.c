/*
 * eigen.c - symmetric eigenproblem: reduction to tridiagonal form, its
 * eigenvalues and eigenvectors, back-transformation
 */
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

#include "eigen.h"
#include "simd.h"
#include "tridiagonal.h"

/* A matrix of this size exceeds the caches, so that the one-stage reduction,
 * which reads all of it for every column, is slower than LAPACK's two-stage
 * reduction, which gives no vectors. */
enum { LARGE = 2800 };

int
spec_eigen_open(struct spec_eigen *g, double *a, size_t n)
{
	*g = (struct spec_eigen){ .n = n, .a = a };
	g->r.d = malloc(3 * n * sizeof *g->r.d);
	if (g->r.d == NULL)
		return -1;
	g->r.e = g->r.d + n;
	g->r.tau = g->r.e + n;
	if (spec_tridiagonalize(a, n, &g->r) == 0)
		return 0;
	spec_eigen_close(g);
	return -1;
}

void
spec_eigen_close(struct spec_eigen *g)
{
	free(g->r.d);
	g->r.d = NULL;
}

int
spec_eigen_values(const struct spec_eigen *g, size_t k, double *w)
{
	struct spec_tridiagonal t = { g->n, g->r.d, g->r.e };

	return spec_tridiagonal_values(&t, k, w);
}

/* All eigenvectors of the tridiagonal matrix by divide and conquer (dstedc);
 * those of the k largest eigenvalues into z. */
static int
divide_and_conquer(const struct spec_eigen *g, size_t k, double *z)
{
	lapack_int n = g->n, iwant, *iwork = NULL;
	double *d, *all, want, *work = NULL;
	int info = -1;

	d = malloc(2 * g->n * sizeof *d);
	all = malloc(g->n * g->n * sizeof *all);
	if (d == NULL || all == NULL)
		goto out;
	memcpy(d, g->r.d, 2 * g->n * sizeof *d);	/* d and e */
	LAPACKE_dstedc_work(LAPACK_COL_MAJOR, 'I', n, d, d + n, all, n, &want,
	    -1, &iwant, -1);
	work = malloc((size_t)want * sizeof *work);
	iwork = malloc((size_t)iwant * sizeof *iwork);
	if (work && iwork)
		info = LAPACKE_dstedc_work(LAPACK_COL_MAJOR, 'I', n, d, d + n,
		    all, n, work, want, iwork, iwant);
	for (size_t i = 0; info == 0 && i < k; i++)
		memcpy(z + i * g->n, all + (g->n - 1 - i) * g->n,
		    g->n * sizeof *z);
out:
	free(d);
	free(all);
	free(work);
	free(iwork);
	return info ? -1 : 0;
}

int
spec_eigen_vectors(const struct spec_eigen *g, size_t k, const double *w,
    double *z)
{
	struct spec_tridiagonal t = { g->n, g->r.d, g->r.e };

	if (spec_tridiagonal_vectors(&t, k, w, z) < 0 &&
	    divide_and_conquer(g, k, z) < 0)
		return -1;
	return spec_apply_q(g->a, g->n, &g->r, z, k);
}

static int
solve_in_two_stages(double *a, size_t n, double *w)
{
	double want, *work;
	lapack_int ld = SIMD_ROUND_UP(n);
	int info = -1;

	LAPACKE_dsyev_2stage_work(LAPACK_COL_MAJOR, 'N', 'L', n, a, ld, w,
	    &want, -1);
	work = malloc((size_t)want * sizeof *work);
	if (work)
		info = LAPACKE_dsyev_2stage_work(LAPACK_COL_MAJOR, 'N', 'L', n,
		    a, ld, w, work, want);
	free(work);
	for (size_t i = 0, j = n - 1; i < j; i++, j--) {
		double swap = w[i];

		w[i] = w[j];
		w[j] = swap;
	}
	return info ? -1 : 0;
}

int
spec_eigenvalues(double *a, size_t n, double *w)
{
	struct spec_eigen g;
	int result;

	if (n >= LARGE)
		return solve_in_two_stages(a, n, w);
	if (spec_eigen_open(&g, a, n) < 0)
		return -1;
	result = spec_eigen_values(&g, n, w);
	spec_eigen_close(&g);
	return result;
}
