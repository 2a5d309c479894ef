/* spec.c - the singular values of a matrix, from its Gram matrix */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cblas.h>
#include <lapacke.h>

#include "spec.h"

/* Doubles converted at a time: with few rows or columns, this many; and at
 * least so many times n that dsyrk runs at full speed. */
enum { BLOCK = 1 << 17, DEEP = 256 };

/* From here on two-stage reduction is the faster one. */
enum { LARGE = 3000 };

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
	size_t size = ckpt_type_size(m->type), step = m->stride * size;
	const char *src = (const char *)m->data +
	    (i * m->cols + j) * step;
	char part[4096];

	if (m->stride == 1) {
		ckpt_to_double(dst, src, m->type, n);
		return;
	}
	while (n > 0) {
		size_t k = n < sizeof part / size ? n : sizeof part / size;

		for (size_t e = 0; e < k; e++, src += step)
			memcpy(part + e * size, src, size);
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

/* The lower triangle of A A', or of A' A when A = scale * m is tall, into g:
 * (n, n), by columns. */
static void
gram(const struct spec_matrix *m, int n, double scale, double *g,
    double *part, size_t room)
{
	bool tall = m->rows > m->cols;
	uint64_t side = tall ? m->rows : m->cols;
	size_t deep = room / n;

	for (uint64_t at = 0; at < side; at += deep) {
		size_t k = side - at < deep ? side - at : deep;

		if (tall)
			block(m, at, 0, k, n, scale, part);
		else
			block(m, 0, at, n, k, scale, part);
		cblas_dsyrk(CblasColMajor, CblasLower,
		    tall ? CblasNoTrans : CblasTrans, n, k, 1, part,
		    tall ? n : (int)k, at > 0, g, n);
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

		elements(m, 0, at, k, part);
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
		if (!(g[i * n + i] < MOST))
			return false;
		top = fmax(top, g[i * n + i]);
	}
	return top > LEAST;
}

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

static int
check(const struct spec_matrix *m, uint64_t n, char *err, size_t len)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	double memory = pages > 0 ? (double)pages * page : 8e9;
	double want = 8.0 * n * n;
	double value = 0;

	if (n == 0)
		snprintf(err, len, "the matrix is empty");
	else if (ckpt_to_double(&value, &value, m->type, 0) < 0)
		snprintf(err, len, "its elements are not real numbers");
	else if (n > INT_MAX || want > memory / 2)
		snprintf(err, len, "needs %.0f MB for its Gram matrix, "
		    "half the memory is %.0f MB", want / 1e6, memory / 2e6);
	else
		return 0;
	return -1;
}

int
spec_values(const struct spec_matrix *m, double *s, char *err, size_t len)
{
	uint64_t n = m->rows < m->cols ? m->rows : m->cols;
	uint64_t side = m->rows < m->cols ? m->cols : m->rows;
	double *g, *part, top;
	size_t room;
	int scale = 0, result = -1;

	if (check(m, n, err, len) < 0)
		return -1;
	room = BLOCK / n > DEEP ? BLOCK / n : DEEP;
	room = (room < side ? room : side) * n;
	g = malloc(n * n * sizeof *g);
	part = malloc(room * sizeof *part);
	if (g == NULL || part == NULL) {
		snprintf(err, len, "out of memory");
		goto out;
	}
	gram(m, n, 1, g, part, room);
	if (!in_range(g, n)) {
		if (largest(m, part, room, &top, err, len) < 0)
			goto out;
		if (top == 0) {
			memset(s, 0, n * sizeof *s);
			result = 0;
			goto out;
		}
		/* by what is exact, and has an exact inverse */
		scale = -ilogb(top);
		scale = scale > SHIFT ? SHIFT : scale < -SHIFT ? -SHIFT : scale;
		gram(m, n, ldexp(1, scale), g, part, room);
	}
	if (eigenvalues(g, n, s, err, len) < 0)
		goto out;
	for (size_t i = 0; i < n; i++)
		s[i] = s[i] > 0 ? ldexp(sqrt(s[i]), -scale) : 0;
	for (size_t i = 0, j = n - 1; i < j; i++, j--) {
		double swap = s[i];

		s[i] = s[j];
		s[j] = swap;
	}
	result = 0;
out:
	free(part);
	free(g);
	return result;
}
