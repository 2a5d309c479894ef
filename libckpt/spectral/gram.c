/* gram.c - the Gram matrix of a matrix of any type, scaled against overflow */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cblas.h>

#include "gram.h"
#include "simd.h"

/* Doubles in a block; and columns in it at least, for dsyrk's full speed. */
enum { BLOCK = 1 << 17, MIN_WIDTH = 384 };

/* Magnitudes whose squares, and sums of squares, are safe in a double. */
#define SAFE_MIN 1e-200
#define SAFE_MAX 1e+200

/* 2^MAX_SCALE and 2^-MAX_SCALE are normal doubles. */
enum { MAX_SCALE = 1000 };

/* n elements in row-major order, from (i, j) on, as doubles. */
static void
convert_elements(const struct spec_matrix *m, uint64_t i, uint64_t j, size_t n,
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

/* The (rows, cols) block of m that starts at (row, col), row-major. */
static void
convert_block(const struct spec_matrix *m, uint64_t row, uint64_t col,
    size_t rows, size_t cols, double scale, double *dst)
{
	if (cols == m->cols)
		convert_elements(m, row, col, rows * cols, dst);
	else
		for (size_t i = 0; i < rows; i++)
			convert_elements(m, row + i, col, cols, dst + i * cols);
	if (scale != 1)
		for (size_t i = 0; i < rows * cols; i++)
			dst[i] *= scale;
}

void
spec_gram_block(struct spec_gram *g, const struct spec_matrix *m, uint64_t at,
    size_t k)
{
	double scale = ldexp(1, g->scale);

	if (g->tall)
		convert_block(m, at, 0, k, g->n, scale, g->block);
	else
		convert_block(m, 0, at, g->n, k, scale, g->block);
}

/* g = A A', block by block. */
static void
compute_gram(struct spec_gram *g, const struct spec_matrix *m)
{
	uint64_t cols = g->tall ? m->rows : m->cols;

	for (uint64_t at = 0; at < cols; at += g->width) {
		size_t k = cols - at < g->width ? cols - at : g->width;

		spec_gram_block(g, m, at, k);
		cblas_dsyrk(CblasColMajor, CblasLower,
		    g->tall ? CblasNoTrans : CblasTrans, g->n, k, 1, g->block,
		    g->tall ? g->n : (int)k, at > 0, g->g,
		    SIMD_ROUND_UP(g->n));
	}
}

/* The largest magnitude in m into *top; scratch holds len doubles. Returns 0,
 * or -1 when an element is not finite. */
static int
find_largest(const struct spec_matrix *m, double *scratch, size_t len,
    double *top, char *err, size_t size)
{
	uint64_t all = m->rows * m->cols;

	*top = 0;
	for (uint64_t at = 0; at < all; at += len) {
		size_t k = all - at < len ? all - at : len;

		convert_elements(m, at / m->cols, at % m->cols, k, scratch);
		for (size_t i = 0; i < k; i++) {
			if (!isfinite(scratch[i])) {
				snprintf(err, size, "%s at row %llu, column "
				    "%llu", isnan(scratch[i]) ? "NaN" :
				    "infinity",
				    (unsigned long long)((at + i) / m->cols),
				    (unsigned long long)((at + i) % m->cols));
				return -1;
			}
			*top = fmax(*top, fabs(scratch[i]));
		}
	}
	return 0;
}

/* Did the Gram matrix neither overflow nor underflow, and is it without NaN?
 * Its largest element is on the diagonal, and so is a NaN of each row of A. */
static bool
is_in_range(const double *g, int n)
{
	double top = 0;

	for (size_t i = 0; i < (size_t)n; i++) {
		double x = g[i * SIMD_ROUND_UP(n) + i];

		if (!(x < SAFE_MAX))
			return false;
		top = fmax(top, x);
	}
	return top > SAFE_MIN;
}

int
spec_check_memory(double n, const char *what, char *err, size_t len)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	double memory = pages > 0 ? (double)pages * page : 8e9;

	if (8 * n <= memory / 2)
		return 0;
	snprintf(err, len, "needs %.0f MB for %s, half the memory is %.0f MB",
	    8e-6 * n, what, memory / 2e6);
	return -1;
}

static int
check_matrix(const struct spec_matrix *m, uint64_t n, char *err, size_t len)
{
	double value = 0;

	if (n == 0)
		snprintf(err, len, "the matrix is empty");
	else if (ckpt_to_double(&value, &value, m->type, 0) < 0)
		snprintf(err, len, "its elements are not real numbers");
	else if (spec_check_memory((double)n * n, "its Gram matrix", err,
	    len) == 0 && n <= INT_MAX)
		return 0;
	return -1;
}

/* Memory for the Gram matrix; 0 where dsyrk does not write. */
static double *
alloc_gram(size_t n)
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
spec_gram_open(struct spec_gram *g, const struct spec_matrix *m, char *err,
    size_t len)
{
	uint64_t n = m->rows < m->cols ? m->rows : m->cols;
	uint64_t cols = m->rows < m->cols ? m->cols : m->rows;
	double top;

	*g = (struct spec_gram){ .n = n, .tall = m->rows > m->cols };
	if (check_matrix(m, n, err, len) < 0)
		return -1;
	g->width = BLOCK / n > MIN_WIDTH ? BLOCK / n : MIN_WIDTH;
	g->width = g->width < cols ? g->width : cols;
	g->g = alloc_gram(n);
	g->block = malloc(g->width * n * sizeof *g->block);
	if (g->g == NULL || g->block == NULL) {
		snprintf(err, len, "out of memory");
		spec_gram_close(g);
		return -1;
	}
	compute_gram(g, m);
	if (is_in_range(g->g, n))
		return 0;
	if (find_largest(m, g->block, g->width * n, &top, err, len) < 0) {
		spec_gram_close(g);
		return -1;
	}
	g->zero = top == 0;
	if (!g->zero) {
		/* a power of two: exact, and so is its inverse */
		g->scale = -ilogb(top);
		g->scale = g->scale > MAX_SCALE ? MAX_SCALE :
		    g->scale < -MAX_SCALE ? -MAX_SCALE : g->scale;
		compute_gram(g, m);
	}
	return 0;
}

void
spec_gram_close(struct spec_gram *g)
{
	free(g->block);
	free(g->g);
	g->block = g->g = NULL;
}
