/*
 * singular_values.c - the singular values of a matrix, from its Gram matrix
 *
 * Rounding errors of the Gram matrix are relative to the square of the largest
 * value, so that small values are noise. A matrix that has any is decomposed
 * again without squaring: a QR decomposition of A', block by block, leaves a
 * triangle with the same singular values, whose errors are those of LAPACK.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

#include "eigen.h"
#include "gram.h"

/* Relative to the largest: values below it are not taken from the Gram matrix.
 * Those above it err by less than 3e-10 of the largest in 1500 columns. */
#define MIN_ACCEPTED 1e-6

enum { PANEL = 32 };		/* columns of a step of the decomposition */

/* x, (rows, cols) row-major, to column-major. */
static void
transpose(const double *x, size_t rows, size_t cols, double *y)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols; j++)
			y[j * rows + i] = x[i * cols + j];
}

/* The triangle of A' into r: (n, n), column-major. copy has room for a block,
 * work for PANEL columns. Returns 0, or LAPACK's status. */
static int
reduce_to_triangle(struct spec_gram *g, const struct spec_matrix *m, double *r,
    double *copy, double *work)
{
	uint64_t cols = g->tall ? m->rows : m->cols;
	int n = g->n, panel = n < PANEL ? n : PANEL, info = 0;

	memset(r, 0, (size_t)n * n * sizeof *r);
	for (uint64_t at = 0; info == 0 && at < cols; at += g->width) {
		int k = cols - at < g->width ? cols - at : g->width;

		spec_gram_block(g, m, at, k);
		if (g->tall)
			transpose(g->block, k, n, copy);
		info = LAPACKE_dtpqrt_work(LAPACK_COL_MAJOR, k, n, 0, panel, r,
		    n, g->tall ? copy : g->block, k, work, panel,
		    work + PANEL * n);
	}
	return info;
}

/* The values of the matrix that g was made of, in whose place the triangle is
 * stored. */
static int
compute_without_squaring(struct spec_gram *g, const struct spec_matrix *m,
    double *s)
{
	size_t n = g->n, block = g->tall ? g->width * n : 0;
	double *work = malloc((2 * PANEL * n + block) * sizeof *work);
	int info = -1;

	if (work)
		info = reduce_to_triangle(g, m, g->g, work + 2 * PANEL * n,
		    work);
	free(work);
	if (info == 0)
		info = LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', n, n, g->g, n, s,
		    NULL, 1, NULL, 1);
	return info == 0 ? 0 : -1;
}

/* The values of the matrix that g was made of, times 2^g->scale. */
static int
compute_values(struct spec_gram *g, const struct spec_matrix *m, double *s)
{
	if (spec_eigenvalues(g->g, g->n, s) < 0)
		return -1;
	for (int i = 0; i < g->n; i++)
		s[i] = s[i] > 0 ? sqrt(s[i]) : 0;
	if (s[g->n - 1] >= MIN_ACCEPTED * s[0])
		return 0;
	return compute_without_squaring(g, m, s);
}

int
spec_values(const struct spec_matrix *m, double *s, char *err, size_t len)
{
	struct spec_gram g;
	int n, result = 0;

	if (spec_gram_open(&g, m, err, len) < 0)
		return -1;
	n = g.n;
	if (g.zero)
		memset(s, 0, n * sizeof *s);
	else
		result = compute_values(&g, m, s);
	spec_gram_close(&g);
	if (result < 0)
		snprintf(err, len, "out of memory, or no convergence");
	for (int i = 0; result == 0 && i < n; i++)
		s[i] = ldexp(s[i], -g.scale);
	return result;
}
