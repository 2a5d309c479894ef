/* spec.c - the singular values of a matrix, from its Gram matrix */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

#include "gram.h"

/* From here on two-stage reduction is the faster one. */
enum { LARGE = 3000 };

/* Ascending eigenvalues of the lower triangle g, which is lost, into w. */
static int
eigenvalues(double *g, int n, double *w, char *err, size_t len)
{
	lapack_int (*solve)(int, char, char, lapack_int, double *, lapack_int,
	    double *, double *, lapack_int) =
	    n < LARGE ? LAPACKE_dsyev_work : LAPACKE_dsyev_2stage_work;
	double *work, want;
	int info;

	solve(LAPACK_COL_MAJOR, 'N', 'L', n, g, n, w, &want, -1);
	work = malloc((size_t)want * sizeof *work);
	if (work == NULL) {
		snprintf(err, len, "out of memory");
		return -1;
	}
	info = solve(LAPACK_COL_MAJOR, 'N', 'L', n, g, n, w, work, want);
	free(work);
	if (info != 0) {
		snprintf(err, len, "LAPACK did not converge");
		return -1;
	}
	return 0;
}

int
spec_values(const struct spec_matrix *m, double *s, char *err, size_t len)
{
	struct gram g;
	int n, result = -1;

	if (gram_open(&g, m, err, len) < 0)
		return -1;
	n = g.n;
	if (g.zero) {
		memset(s, 0, n * sizeof *s);
		result = 0;
		goto out;
	}
	if (eigenvalues(g.g, n, s, err, len) < 0)
		goto out;
	for (int i = 0; i < n; i++)
		s[i] = s[i] > 0 ? ldexp(sqrt(s[i]), -g.scale) : 0;
	for (int i = 0, j = n - 1; i < j; i++, j--) {
		double swap = s[i];

		s[i] = s[j];
		s[j] = swap;
	}
	result = 0;
out:
	gram_close(&g);
	return result;
}
