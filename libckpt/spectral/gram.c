/* gram.c - the Gram matrix of the smaller side, from any type, in range */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cblas.h>

#include "gram.h"
#include "simd.h"

/* Doubles converted at a time: with few rows or columns, this many; and at
 * least so many times n that dsyrk runs at full speed. */
enum { BLOCK = 1 << 17, DEEP = 384 };

/* Magnitudes whose squares, and sums of squares, are safe in a double. */
#define LEAST 1e-200
#define MOST 1e+200

/* 2^SHIFT and 2^-SHIFT are normal doubles. */
enum { SHIFT = 1000 };

/* n elements from row i, column j on, as doubles. */
static void
elements(const struct spec_matrix *m, uint64_t i, uint64_t j, size_t n,
    double *dst)
{
	size_t size = ckpt_type_size(m->type);
	const char *src = m->data;
	char part[4096];

	if (m->stride == 1 && (m->run == 0 || m->run == m->cols)) {
		ckpt_to_double(dst, src + (i * m->cols + j) * size, m->type, n);
		return;
	}
	while (n > 0) {
		size_t k = n < sizeof part / size ? n : sizeof part / size;

		for (size_t e = 0; e < k; e++) {
			memcpy(part + e * size, src + spec_at(m, i, j) * size,
			    size);
			if (++j == m->cols) {
				j = 0;
				i++;
			}
		}
		ckpt_to_double(dst, part, m->type, k);
		dst += k;
		n -= k;
	}
}

/* The part of m that starts at (row, col), as rows of length cols. */
static void
block(const struct spec_matrix *m, uint64_t row, uint64_t col, size_t rows,
    size_t cols, double scale, double *dst)
{
	if (cols == m->cols)
		elements(m, row, col, rows * cols, dst);
	else
		for (size_t i = 0; i < rows; i++)
			elements(m, row + i, col, cols, dst + i * cols);
	if (scale != 1)
		for (size_t i = 0; i < rows * cols; i++)
			dst[i] *= scale;
}

void
spec_gram_block(struct spec_gram *g, const struct spec_matrix *m, uint64_t at, size_t k)
{
	double by = ldexp(1, g->scale);

	if (g->tall)
		block(m, at, 0, k, g->n, by, g->part);
	else
		block(m, 0, at, g->n, k, by, g->part);
}

static void
multiply(struct spec_gram *g, const struct spec_matrix *m)
{
	uint64_t side = g->tall ? m->rows : m->cols;

	for (uint64_t at = 0; at < side; at += g->deep) {
		size_t k = side - at < g->deep ? side - at : g->deep;

		spec_gram_block(g, m, at, k);
		cblas_dsyrk(CblasColMajor, CblasLower,
		    g->tall ? CblasNoTrans : CblasTrans, g->n, k, 1, g->part,
		    g->tall ? g->n : (int)k, at > 0, g->g, SIMD_ROUND_UP(g->n));
	}
}

/* The largest magnitude in m into *top. Returns 0, or -1 when an element is
 * not finite. */
static int
largest(const struct spec_matrix *m, double *part, size_t room, double *top,
    char *err, size_t len)
{
	uint64_t all = m->rows * m->cols;

	*top = 0;
	for (uint64_t at = 0; at < all; at += room) {
		size_t k = all - at < room ? all - at : room;

		elements(m, at / m->cols, at % m->cols, k, part);
		for (size_t i = 0; i < k; i++) {
			if (!isfinite(part[i])) {
				snprintf(err, len, "%s at row %llu, column %llu",
				    isnan(part[i]) ? "NaN" : "infinity",
				    (unsigned long long)((at + i) / m->cols),
				    (unsigned long long)((at + i) % m->cols));
				return -1;
			}
			*top = fmax(*top, fabs(part[i]));
		}
	}
	return 0;
}

/* Is the Gram matrix what it should be, or did its elements leave the range
 * of a double? Its diagonal has the largest, and a NaN of m gets there. */
static bool
in_range(const double *g, int n)
{
	double top = 0;

	for (size_t i = 0; i < (size_t)n; i++) {
		double x = g[i * SIMD_ROUND_UP(n) + i];

		if (!(x < MOST))
			return false;
		top = fmax(top, x);
	}
	return top > LEAST;
}

int
spec_gram_fits(double doubles, const char *what, char *err, size_t len)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	double memory = pages > 0 ? (double)pages * page : 8e9;

	if (8 * doubles <= memory / 2)
		return 0;
	snprintf(err, len, "needs %.0f MB for %s, half the memory is %.0f MB",
	    8e-6 * doubles, what, memory / 2e6);
	return -1;
}

static int
check(const struct spec_matrix *m, uint64_t n, char *err, size_t len)
{
	double value = 0;

	if (n == 0)
		snprintf(err, len, "the matrix is empty");
	else if (ckpt_to_double(&value, &value, m->type, 0) < 0)
		snprintf(err, len, "its elements are not real numbers");
	else if (spec_gram_fits((double)n * n, "its Gram matrix", err, len) == 0 &&
	    n <= INT_MAX)
		return 0;
	return -1;
}

/* Room for the matrix; 0 where dsyrk does not write. */
static double *
square(size_t n)
{
	size_t ld = SIMD_ROUND_UP(n);
	double *g = aligned_alloc(SIMD_ALIGN, ld * ld * sizeof *g);

	for (size_t j = 0; g && j < ld; j++) {
		size_t from = j < n ? n : 0;

		memset(g + j * ld + from, 0, (ld - from) * sizeof *g);
	}
	return g;
}

int
spec_gram_open(struct spec_gram *g, const struct spec_matrix *m, char *err, size_t len)
{
	uint64_t n = m->rows < m->cols ? m->rows : m->cols;
	uint64_t side = m->rows < m->cols ? m->cols : m->rows;
	double top;

	*g = (struct spec_gram){ .n = n, .tall = m->rows > m->cols };
	if (check(m, n, err, len) < 0)
		return -1;
	g->deep = BLOCK / n > DEEP ? BLOCK / n : DEEP;
	g->deep = g->deep < side ? g->deep : side;
	g->g = square(n);
	g->part = malloc(g->deep * n * sizeof *g->part);
	if (g->g == NULL || g->part == NULL) {
		snprintf(err, len, "out of memory");
		spec_gram_close(g);
		return -1;
	}
	multiply(g, m);
	if (in_range(g->g, n))
		return 0;
	if (largest(m, g->part, g->deep * n, &top, err, len) < 0) {
		spec_gram_close(g);
		return -1;
	}
	g->zero = top == 0;
	if (!g->zero) {
		/* by what is exact, and has an exact inverse */
		g->scale = -ilogb(top);
		g->scale = g->scale > SHIFT ? SHIFT :
		    g->scale < -SHIFT ? -SHIFT : g->scale;
		multiply(g, m);
	}
	return 0;
}

void
spec_gram_close(struct spec_gram *g)
{
	free(g->part);
	free(g->g);
	g->part = g->g = NULL;
}
