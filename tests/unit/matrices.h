/* matrices.h - random matrices, of any spectrum, for the C tests */
#ifndef MATRICES_H
#define MATRICES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <cblas.h>

static uint64_t seed = 1;

static inline double
uniform(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 11) / 0x1p53;
}

static inline double
normal(void)
{
	return sqrt(-2 * log(1 - uniform())) * cos(2 * M_PI * uniform());
}

static inline void *
room(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		abort();
	return p;
}

static inline int
least(int a, int b)
{
	return a < b ? a : b;
}

/* a <- H a for the reflection H that a random vector defines; a is
 * (rows, cols), or seen as its transpose. */
static inline void
reflect(double *a, int rows, int cols, bool transposed)
{
	int n = transposed ? cols : rows, m = transposed ? rows : cols;
	double *v = room(n, sizeof *v), *w = room(m, sizeof *w), vv = 0;

	for (int i = 0; i < n; i++) {
		v[i] = normal();
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
with_spectrum(const double *s, int rows, int cols)
{
	double *a = room((size_t)rows * cols, sizeof *a);

	for (int i = 0; i < least(rows, cols); i++)
		a[(size_t)i * cols + i] = s[i];
	for (int i = 0; i < 3; i++) {
		reflect(a, rows, cols, false);
		reflect(a, rows, cols, true);
	}
	return a;
}

static inline double *
noise(int rows, int cols)
{
	double *a = room((size_t)rows * cols, sizeof *a);

	for (size_t i = 0; i < (size_t)rows * cols; i++)
		a[i] = normal();
	return a;
}

#endif
