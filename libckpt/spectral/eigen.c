/* eigen.c - eigenvalues and eigenvectors, by way of three diagonals */
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

#include "eigen.h"
#include "simd.h"
#include "tridiagonal.h"

/* From here on the matrix is larger than caches, and must not be walked over
 * for each column: reduction in two stages, which has no use for vectors. */
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

/* All vectors of the tridiagonal matrix by dividing and conquering; the last k
 * of them, the last one first, into z. */
static int
divide(const struct spec_eigen *g, size_t k, double *z)
{
	lapack_int n = g->n, iwant, *iwork = NULL;
	double *d, *all, want, *work = NULL;
	int info = -1;

	d = malloc(2 * g->n * sizeof *d);
	all = malloc(g->n * g->n * sizeof *all);
	if (d == NULL || all == NULL)
		goto out;
	memcpy(d, g->r.d, 2 * g->n * sizeof *d);	/* and e */
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
spec_eigen_vectors(const struct spec_eigen *g, size_t k, const double *w, double *z)
{
	struct spec_tridiagonal t = { g->n, g->r.d, g->r.e };

	if (spec_tridiagonal_vectors(&t, k, w, z) < 0 && divide(g, k, z) < 0)
		return -1;
	return spec_apply_q(g->a, g->n, &g->r, z, k);
}

static int
two_stages(double *a, size_t n, double *w)
{
	double want, *work;
	int info = -1;

	LAPACKE_dsyev_2stage_work(LAPACK_COL_MAJOR, 'N', 'L', n, a, SIMD_ROUND_UP(n),
	    w, &want, -1);
	work = malloc((size_t)want * sizeof *work);
	if (work)
		info = LAPACKE_dsyev_2stage_work(LAPACK_COL_MAJOR, 'N', 'L', n,
		    a, SIMD_ROUND_UP(n), w, work, want);
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
		return two_stages(a, n, w);
	if (spec_eigen_open(&g, a, n) < 0)
		return -1;
	result = spec_eigen_values(&g, n, w);
	spec_eigen_close(&g);
	return result;
}
