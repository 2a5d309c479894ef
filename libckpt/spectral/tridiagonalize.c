/*
 * tridiagonalize.c - reduction of a symmetric matrix to tridiagonal form
 *
 * LAPACK's dsytrd (Golub and Van Loan, Matrix Computations, 8.3.1) with fewer
 * passes over memory. Each reflector needs the product of the trailing matrix
 * with its vector v, and makes a rank-2 update of it, A - v w' - w v'. Updates
 * are deferred until there are UPDATES of them; then one pass applies them, a
 * rank-2k update, and multiplies by the next v. Only the lower triangle is
 * read: each element is used at its mirror image as well.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "simd.h"
#include "tridiagonalize.h"

enum {
	UPDATES = 2,		/* rank-2 updates that are applied together */
	COLUMNS = 4,		/* processed together in a pass */
	BLOCK = 64		/* reflectors that are applied together */
};

/* The trailing matrix and its deferred updates. All vectors have ld elements,
 * which are 0 before row from and beyond n. */
struct reduction {
	double	*a;
	size_t	 n, ld;
	size_t	 from;		/* its first row, rounded down to SIMD_WIDTH */
	double	*v[UPDATES], *w[UPDATES];
	int	 deferred;
	double	*x, *y;		/* y = A x */
};

static double
sum_lanes(const f64x8 *v)
{
	double s = 0;

	for (int i = 0; i < SIMD_WIDTH; i++)
		s += (*v)[i];
	return s;
}

/* Rows lo and below of columns j to j + COLUMNS: add what they contribute to y;
 * s is what their mirror images contribute to y[j] to y[j + COLUMNS - 1]. */
static void
multiply_columns(const struct reduction *p, size_t j, size_t lo, double *s)
{
	const double *a[COLUMNS];
	double x[COLUMNS];
	f64x8 t[COLUMNS] = { { 0 } };

	for (int c = 0; c < COLUMNS; c++) {
		a[c] = p->a + (j + c) * p->ld;
		x[c] = p->x[j + c];
	}
	for (size_t i = lo; i < p->ld; i += SIMD_WIDTH) {
		f64x8 y = SIMD_LOAD(p->y + i), xi = SIMD_LOAD(p->x + i);

		for (int c = 0; c < COLUMNS; c++) {
			f64x8 q = SIMD_LOAD(a[c] + i);

			y += q * x[c];
			t[c] += q * xi;
		}
		SIMD_STORE(p->y + i, y);
	}
	for (int c = 0; c < COLUMNS; c++)
		s[c] = sum_lanes(&t[c]);
}

/* The same after the deferred updates, which are applied to the columns. */
static void
update_columns(const struct reduction *p, size_t j, size_t lo, double *s)
{
	double *a[COLUMNS], x[COLUMNS];
	double v[UPDATES][COLUMNS], w[UPDATES][COLUMNS];
	f64x8 t[COLUMNS] = { { 0 } };

	for (int c = 0; c < COLUMNS; c++) {
		a[c] = p->a + (j + c) * p->ld;
		x[c] = p->x[j + c];
		for (int k = 0; k < UPDATES; k++) {
			v[k][c] = p->v[k][j + c];
			w[k][c] = p->w[k][j + c];
		}
	}
	for (size_t i = lo; i < p->ld; i += SIMD_WIDTH) {
		f64x8 y = SIMD_LOAD(p->y + i), xi = SIMD_LOAD(p->x + i);
		f64x8 q[COLUMNS];

		for (int c = 0; c < COLUMNS; c++)
			q[c] = SIMD_LOAD(a[c] + i);
		for (int k = 0; k < UPDATES; k++) {
			f64x8 vi = SIMD_LOAD(p->v[k] + i);
			f64x8 wi = SIMD_LOAD(p->w[k] + i);

			for (int c = 0; c < COLUMNS; c++)
				q[c] -= vi * w[k][c];
			for (int c = 0; c < COLUMNS; c++)
				q[c] -= wi * v[k][c];
		}
		for (int c = 0; c < COLUMNS; c++) {
			SIMD_STORE(a[c] + i, q[c]);
			y += q[c] * x[c];
			t[c] += q[c] * xi;
		}
		SIMD_STORE(p->y + i, y);
	}
	for (int c = 0; c < COLUMNS; c++)
		s[c] = sum_lanes(&t[c]);
}

/* The diagonal block at (j, j), of which both triangles are stored. */
static void
multiply_diagonal(const struct reduction *p, size_t j, bool update)
{
	f64x8 y = SIMD_LOAD(p->y + j);

	for (size_t c = j; c < j + SIMD_WIDTH; c++) {
		f64x8 q = SIMD_LOAD(p->a + c * p->ld + j);

		for (int k = 0; update && k < UPDATES; k++) {
			q -= SIMD_LOAD(p->v[k] + j) * p->w[k][c];
			q -= SIMD_LOAD(p->w[k] + j) * p->v[k][c];
		}
		SIMD_STORE(p->a + c * p->ld + j, q);
		y += q * p->x[c];
	}
	SIMD_STORE(p->y + j, y);
}

/* y = A x, where A includes the deferred updates: they are applied if there
 * are UPDATES of them, else their products are subtracted. */
static void
multiply_trailing(struct reduction *p)
{
	bool update = p->deferred == UPDATES;

	memset(p->y + p->from, 0, (p->ld - p->from) * sizeof *p->y);
	for (size_t j = p->from; j < p->ld; j += SIMD_WIDTH) {
		double s[SIMD_WIDTH];

		multiply_diagonal(p, j, update);
		for (int c = 0; c < SIMD_WIDTH; c += COLUMNS)
			if (update)
				update_columns(p, j + c, j + SIMD_WIDTH, s + c);
			else
				multiply_columns(p, j + c, j + SIMD_WIDTH,
				    s + c);
		for (int c = 0; c < SIMD_WIDTH; c++)
			p->y[j + c] += s[c];
	}
	if (update)
		p->deferred = 0;
	for (int k = 0; k < p->deferred; k++) {
		const double *v = p->v[k], *w = p->w[k];
		double vx = 0, wx = 0;

		#pragma omp simd reduction(+:vx, wx)
		for (size_t i = p->from; i < p->ld; i++) {
			vx += v[i] * p->x[i];
			wx += w[i] * p->x[i];
		}
		for (size_t i = p->from; i < p->ld; i++)
			p->y[i] -= v[i] * wx + w[i] * vx;
	}
}

/* Apply the deferred updates to column k alone. */
static void
update_column(const struct reduction *p, size_t k)
{
	double *c = p->a + k * p->ld;

	for (int b = 0; b < p->deferred; b++) {
		const double *v = p->v[b], *w = p->w[b];
		double vk = v[k], wk = w[k];

		for (size_t i = k; i < p->n; i++)
			c[i] -= v[i] * wk + w[i] * vk;
	}
}

/* The reflector H = I - tau v v' with H x = (beta, 0, ... 0), as dlarfg. x, of
 * n elements, becomes v. Returns tau. */
static double
make_reflector(double *x, size_t n, double *beta)
{
	double first = x[0], rest = 0, scale;

	#pragma omp simd reduction(+:rest)
	for (size_t i = 1; i < n; i++)
		rest += x[i] * x[i];
	x[0] = 1;
	*beta = first;
	if (rest == 0)
		return 0;
	*beta = -copysign(sqrt(first * first + rest), first);
	scale = 1 / (first - *beta);
	for (size_t i = 1; i < n; i++)
		x[i] *= scale;
	return (*beta - first) / *beta;
}

/* Reduce column k; the rank-2 update that follows from it is deferred. */
static void
reduce_column(struct reduction *p, size_t k, struct spec_householder *r)
{
	double *c = p->a + k * p->ld, yx = 0, tau, *v, *w;

	update_column(p, k);
	r->d[k] = c[k];
	r->e[k] = r->tau[k] = 0;
	if (k + 1 == p->n)
		return;
	r->tau[k] = tau = make_reflector(c + k + 1, p->n - k - 1, &r->e[k]);
	memcpy(p->x + k + 1, c + k + 1, (p->n - k - 1) * sizeof *c);
	p->x[k] = 0;
	p->from = (k + 1) / SIMD_WIDTH * SIMD_WIDTH;
	for (int b = 0; b < p->deferred; b++)
		p->v[b][k] = p->w[b][k] = 0;
	multiply_trailing(p);
	#pragma omp simd reduction(+:yx)
	for (size_t i = k + 1; i < p->n; i++)
		yx += p->y[i] * p->x[i];
	v = p->v[p->deferred];
	w = p->w[p->deferred++];
	memset(v + p->from, 0, (k + 1 - p->from) * sizeof *v);
	memset(w + p->from, 0, (k + 1 - p->from) * sizeof *w);
	for (size_t i = k + 1; i < p->n; i++) {
		v[i] = p->x[i];
		w[i] = tau * (p->y[i] - yx * tau / 2 * p->x[i]);
	}
}

int
spec_tridiagonalize(double *a, size_t n, struct spec_householder *r)
{
	size_t ld = SIMD_ROUND_UP(n);
	struct reduction p = { .a = a, .n = n, .ld = ld };
	size_t bytes = (2 * UPDATES + 2) * ld * sizeof(double);
	double *scratch = aligned_alloc(SIMD_ALIGN, bytes);

	if (scratch == NULL)
		return -1;
	memset(scratch, 0, bytes);
	p.x = scratch;
	p.y = scratch + ld;
	for (int k = 0; k < UPDATES; k++) {
		p.v[k] = scratch + (2 + 2 * k) * ld;
		p.w[k] = scratch + (3 + 2 * k) * ld;
	}
	for (size_t j = 0; j < ld; j++)
		for (size_t i = j / SIMD_WIDTH * SIMD_WIDTH; i < j; i++)
			a[j * ld + i] = a[i * ld + j];
	for (size_t k = 0; k < n; k++)
		reduce_column(&p, k, r);
	free(scratch);
	return 0;
}

/* Apply reflectors k to k + b, as the block reflector I - V T V' (dlarft and
 * dlarfb), to the rows of z. scratch: (n + BLOCK + rows) * BLOCK. */
static void
apply_block(const double *a, size_t n, const double *tau, size_t k, size_t b,
    double *z, size_t rows, double *scratch)
{
	size_t ld = SIMD_ROUND_UP(n), m = n - k - 1;
	double *v = scratch, *t = v + BLOCK * m, *y = t + BLOCK * BLOCK;

	for (size_t j = 0; j < b; j++) {
		memset(v + j * m, 0, j * sizeof *v);
		memcpy(v + j * m + j, a + (k + j) * ld + k + j + 1,
		    (m - j) * sizeof *v);
	}
	LAPACKE_dlarft_work(LAPACK_COL_MAJOR, 'F', 'C', m, b, v, m, tau + k, t,
	    BLOCK);
	cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, b, rows, m, 1, v,
	    m, z + k + 1, n, 0, y, BLOCK);
	cblas_dtrmm(CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans,
	    CblasNonUnit, b, rows, 1, t, BLOCK, y, BLOCK);
	cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, rows, b, -1,
	    v, m, y, BLOCK, 1, z + k + 1, n);
}

int
spec_apply_q(const double *a, size_t n, const struct spec_householder *r,
    double *z, size_t k)
{
	size_t last = n > 1 ? (n - 2) / BLOCK * BLOCK : 0;
	double *scratch = malloc((n + BLOCK + k) * BLOCK * sizeof *scratch);

	if (scratch == NULL)
		return -1;
	for (size_t at = last + BLOCK; n > 1 && at > 0;) {
		at -= BLOCK;
		apply_block(a, n, r->tau, at,
		    n - 1 - at < BLOCK ? n - 1 - at : BLOCK, z, k, scratch);
	}
	free(scratch);
	return 0;
}
