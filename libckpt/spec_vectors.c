/* spec_vectors.c - singular vectors from the Gram matrix, or from dgesdd */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "gram.h"

#define LEAST 1e-4		/* of the first value: below, Gram is too coarse */
#define ORTHOGONAL 1e-7		/* of the last vectors to all others */

/* The last vectors, which are the ones in danger. */
enum { LAST = 32 };

/* Fewer than one in so many are wanted: bisection and inverse iteration. */
enum { FEW = 4 };

static int
no_memory(char *err, size_t len)
{
	snprintf(err, len, "out of memory");
	return -1;
}

void
spec_factors_free(struct spec_factors *f)
{
	free(f->s);
	free(f->u);
	free(f->v);
	*f = (struct spec_factors){ 0 };
}

static int
start(struct spec_factors *f, const struct spec_matrix *m, size_t k,
    char *err, size_t len)
{
	size_t n = m->rows < m->cols ? m->rows : m->cols;

	*f = (struct spec_factors){ .rows = m->rows, .cols = m->cols,
	    .n = k < n ? k : n };
	f->s = calloc(f->n, sizeof *f->s);
	f->u = calloc(f->n * f->rows, sizeof *f->u);
	f->v = calloc(f->n * f->cols, sizeof *f->v);
	if (f->s && f->u && f->v)
		return 0;
	spec_factors_free(f);
	return no_memory(err, len);
}

/* All eigenvectors of the lower triangle g, ascending, in its place. */
static int
eigen_all(double *g, int n, double *w)
{
	lapack_int iwant, *iwork;
	double want, *work;
	int info = -1;

	LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, 'V', 'L', n, g, n, w, &want, -1,
	    &iwant, -1);
	work = malloc((size_t)want * sizeof *work);
	iwork = malloc((size_t)iwant * sizeof *iwork);
	if (work && iwork)
		info = LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, 'V', 'L', n, g, n,
		    w, work, want, iwork, iwant);
	free(work);
	free(iwork);
	return info;
}

/* The last k of them, into z: (k, n). */
static int
eigen_few(double *g, int n, int k, double *w, double *z)
{
	lapack_int iwant, *iwork = NULL, found, *support;
	double want, *work = NULL;
	int info = -1;

	support = malloc(2 * (size_t)n * sizeof *support);
	if (support == NULL)
		return -1;
	LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, 'V', 'I', 'L', n, g, n, 0, 0,
	    n - k + 1, n, 0, &found, w, z, n, support, &want, -1, &iwant, -1);
	work = malloc((size_t)want * sizeof *work);
	iwork = malloc((size_t)iwant * sizeof *iwork);
	if (work && iwork)
		info = LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, 'V', 'I', 'L', n,
		    g, n, 0, 0, n - k + 1, n, 0, &found, w, z, n, support,
		    work, want, iwork, iwant);
	free(support);
	free(work);
	free(iwork);
	return info;
}

/* The last k eigenvectors, the last one first, into near: (k, n); the values
 * into s. Returns 0, or -1 when that did not work. */
static int
eigen(struct gram *g, int k, double *s, double *near)
{
	size_t n = g->n;
	double *w = malloc(n * sizeof *w), *z = g->g;
	int info = -1, from = n - k;

	if (w == NULL)
		return -1;
	if (k < g->n / FEW) {
		z = malloc(k * n * sizeof *z);
		if (z)
			info = eigen_few(g->g, n, k, w, z);
		from = 0;
	} else {
		info = eigen_all(g->g, n, w);
	}
	for (int i = 0; info == 0 && i < k; i++) {
		double x = w[from + k - 1 - i];

		s[i] = x > 0 ? sqrt(x) : 0;
		memcpy(near + i * n, z + (from + k - 1 - i) * n,
		    n * sizeof *near);
	}
	if (z != g->g)
		free(z);
	free(w);
	return info ? -1 : 0;
}

/* far = near A (or near A' when A is tall), its rows made of length 1. */
static void
back(struct gram *g, const struct spec_matrix *m, int k, const double *near,
    double *far)
{
	uint64_t side = g->tall ? m->rows : m->cols;

	for (uint64_t at = 0; at < side; at += g->deep) {
		size_t d = side - at < g->deep ? side - at : g->deep;

		gram_block(g, m, at, d);
		cblas_dgemm(CblasRowMajor, CblasNoTrans,
		    g->tall ? CblasTrans : CblasNoTrans, k, d, g->n, 1, near,
		    g->n, g->part, g->tall ? g->n : (int)d, 0, far + at, side);
	}
	for (int i = 0; i < k; i++) {
		double norm = cblas_dnrm2(side, far + i * side, 1);

		cblas_dscal(side, 1 / norm, far + i * side, 1);
	}
}

/* The largest product of one of the last of k vectors with another. */
static double
skew(const double *x, int k, size_t side)
{
	int last = k < LAST ? k : LAST;
	double *p = malloc((size_t)last * k * sizeof *p), worst = 0;

	if (p == NULL)
		return INFINITY;
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, last, k, side, 1,
	    x + (k - last) * side, side, x, side, 0, p, k);
	for (int i = 0; i < last; i++)
		for (int j = 0; j < k; j++) {
			double off = p[(size_t)i * k + j] -
			    (j == k - last + i);

			/* a NaN must not pass */
			worst = fabs(off) <= worst ? worst : fabs(off);
		}
	free(p);
	return worst;
}

/* By the Gram matrix; -1 where that is not good enough. */
static int
by_gram(struct gram *g, const struct spec_matrix *m, int want,
    struct spec_factors *f)
{
	double *near = g->tall ? f->v : f->u, *far = g->tall ? f->u : f->v;
	size_t side = g->tall ? m->rows : m->cols;

	if (eigen(g, f->n, f->s, near) < 0 || f->s[f->n - 1] < LEAST * f->s[0])
		return -1;
	if (want & (g->tall ? SPEC_U : SPEC_V)) {
		back(g, m, f->n, near, far);
		if (!(skew(far, f->n, side) < ORTHOGONAL))
			return -1;
	}
	for (size_t i = 0; i < f->n; i++)
		f->s[i] = ldexp(f->s[i], -g->scale);
	return 0;
}

/* All of m, scaled as in g, as doubles. */
static void
convert(struct gram *g, const struct spec_matrix *m, double *a)
{
	uint64_t side = g->tall ? m->rows : m->cols;

	for (uint64_t at = 0; at < side; at += g->deep) {
		size_t d = side - at < g->deep ? side - at : g->deep;

		gram_block(g, m, at, d);
		if (g->tall)
			memcpy(a + at * g->n, g->part, d * g->n * sizeof *a);
		for (int i = 0; !g->tall && i < g->n; i++)
			memcpy(a + i * side + at, g->part + i * d,
			    d * sizeof *a);
	}
}

/* By dgesdd, of the transpose: what is row by row here is that by columns. */
static int
by_dgesdd(struct gram *g, const struct spec_matrix *m, struct spec_factors *f,
    char *err, size_t len)
{
	size_t n = g->n, rows = m->rows, cols = m->cols;
	double *a, *s, *v, *u, *work = NULL, size;
	lapack_int *iwork;
	int info = -1;

	if (rows > INT_MAX || cols > INT_MAX || gram_fits(2.0 * rows * cols,
	    "its vectors", err, len) < 0)
		return -1;
	a = malloc(rows * cols * sizeof *a);
	s = malloc(n * sizeof *s);
	v = malloc(n * cols * sizeof *v);
	u = malloc(n * rows * sizeof *u);
	iwork = malloc(8 * n * sizeof *iwork);
	if (a && s && v && u && iwork) {
		convert(g, m, a);
		LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'S', cols, rows, a, cols,
		    s, v, cols, u, n, &size, -1, iwork);
		work = malloc((size_t)size * sizeof *work);
	}
	if (work)
		info = LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'S', cols, rows,
		    a, cols, s, v, cols, u, n, work, size, iwork);
	for (size_t i = 0; info == 0 && i < f->n; i++) {
		f->s[i] = ldexp(s[i], -g->scale);
		memcpy(f->v + i * cols, v + i * cols, cols * sizeof *v);
		for (size_t j = 0; j < rows; j++)
			f->u[i * rows + j] = u[j * n + i];
	}
	if (info != 0)
		snprintf(err, len, work ? "LAPACK did not converge" :
		    "out of memory");
	free(a);
	free(s);
	free(v);
	free(u);
	free(iwork);
	free(work);
	return info ? -1 : 0;
}

/* Any vectors will do for the matrix 0. */
static void
units(struct spec_factors *f)
{
	for (size_t i = 0; i < f->n; i++) {
		f->u[i * f->rows + i] = 1;
		f->v[i * f->cols + i] = 1;
	}
}

static void
sign(struct spec_factors *f, int want)
{
	double *by = want & SPEC_U ? f->u : f->v;
	size_t n = want & SPEC_U ? f->rows : f->cols;

	for (size_t i = 0; i < f->n; i++, by += n) {
		double top = 0;
		size_t at = 0;

		for (size_t j = 0; j < n; j++)
			top = fmax(top, fabs(by[j]));
		while (fabs(by[at]) < top / 2)
			at++;
		if (by[at] > 0)
			continue;
		if (want & SPEC_U)
			cblas_dscal(f->rows, -1, f->u + i * f->rows, 1);
		if (want & SPEC_V)
			cblas_dscal(f->cols, -1, f->v + i * f->cols, 1);
	}
}

int
spec_vectors(const struct spec_matrix *m, size_t k, int want,
    struct spec_factors *f, char *err, size_t len)
{
	struct gram g;
	int result = -1;

	if (gram_open(&g, m, err, len) < 0)
		return -1;
	if (start(f, m, k, err, len) < 0)
		goto out;
	result = 0;
	if (g.zero)
		units(f);
	else if (by_gram(&g, m, want, f) < 0)
		result = by_dgesdd(&g, m, f, err, len);
	if (result < 0) {
		spec_factors_free(f);
		goto out;
	}
	sign(f, want);
	if (!(want & SPEC_U)) {
		free(f->u);
		f->u = NULL;
	}
	if (!(want & SPEC_V)) {
		free(f->v);
		f->v = NULL;
	}
out:
	gram_close(&g);
	return result;
}
