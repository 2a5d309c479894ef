/* matrices.h - random matrices, with a given spectrum or without, for tests */
#ifndef MATRICES_H
#define MATRICES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <cblas.h>

static uint64_t seed = 1;

static inline double
draw_uniform(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 11) / 0x1p53;
}

static inline double
draw_normal(void)
{
	return sqrt(-2 * log(1 - draw_uniform())) *
	    cos(2 * M_PI * draw_uniform());
}

static inline void *
alloc_zeros(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		abort();
	return p;
}

static inline int
min_dim(int a, int b)
{
	return a < b ? a : b;
}

/* a = H a for a random Householder reflection H; a is (rows, cols), or taken
 * as its transpose. */
static inline void
apply_reflection(double *a, int rows, int cols, bool transposed)
{
	int n = transposed ? cols : rows, m = transposed ? rows : cols;
	double *v = alloc_zeros(n, sizeof *v), vv = 0;
	double *w = alloc_zeros(m, sizeof *w);

	for (int i = 0; i < n; i++) {
		v[i] = draw_normal();
		vv += v[i] * v[i];
	}
	cblas_dgemv(CblasRowMajor, transposed ? CblasNoTrans : CblasTrans,
	    rows, cols, 2 / vv, a, cols, v, 1, 0, w, 1);
	if (transposed)
		cblas_dger(CblasRowMajor, rows, cols, -1, w, 1, v, 1, a, cols);
	else
		cblas_dger(CblasRowMajor, rows, cols, -1, v, 1, w, 1, a, cols);
	free(v);
	free(w);
}

/* A (rows, cols) matrix with these singular values. */
static inline double *
make_with_spectrum(const double *s, int rows, int cols)
{
	double *a = alloc_zeros((size_t)rows * cols, sizeof *a);

	for (int i = 0; i < min_dim(rows, cols); i++)
		a[(size_t)i * cols + i] = s[i];
	for (int i = 0; i < 3; i++) {
		apply_reflection(a, rows, cols, false);
		apply_reflection(a, rows, cols, true);
	}
	return a;
}

static inline double *
make_random(int rows, int cols)
{
	double *a = alloc_zeros((size_t)rows * cols, sizeof *a);

	for (size_t i = 0; i < (size_t)rows * cols; i++)
		a[i] = draw_normal();
	return a;
}

/* Equal up to rounding, relative for large y. */
static inline bool
is_close(double x, double y)
{
	return fabs(x - y) <= 1e-12 * fmax(1, fabs(y));
}

#endif
