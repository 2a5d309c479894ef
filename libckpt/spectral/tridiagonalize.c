/*
 * tridiagonalize.c - a symmetric matrix to three diagonals, by reflections
 *
 * As LAPACK's dsytrd, but every pass over the matrix does more. A reflection
 * needs the product of the matrix with its vector v, and changes the matrix by
 * a pair of vectors, A - v w' - w v'. Pairs wait until there are PAIRS of them;
 * then one pass applies them and multiplies with the next v. Passes over
 * columns use every element twice, as it stands for its mirror image as well.
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
	PAIRS = 2,
	COLUMNS = 4,		/* of a pass at a time */
	BLOCK = 64		/* reflections applied to vectors together */
};

/* The rest of the matrix, and what is to be done with it; all vectors have ld
 * elements, which are 0 before row from and beyond n. */
struct pass {
	double	*a;
	size_t	 n, ld, from;	/* from: whole lanes */
	double	*v[PAIRS], *w[PAIRS];
	int	 pairs;		/* that wait */
	double	*x, *y;		/* y = A x */
};

static double
sum(const lanes *v)
{
	double s = 0;

	for (int i = 0; i < LANES; i++)
		s += (*v)[i];
	return s;
}

/* Rows from lo on of columns j to j + COLUMNS: their part of y, and into s
 * what their mirror images give to y[j] and the following. */
static void
multiply(const struct pass *p, size_t j, size_t lo, double *s)
{
	const double *a[COLUMNS];
	double x[COLUMNS];
	lanes t[COLUMNS] = { { 0 } };

	for (int c = 0; c < COLUMNS; c++) {
		a[c] = p->a + (j + c) * p->ld;
		x[c] = p->x[j + c];
	}
	for (size_t i = lo; i < p->ld; i += LANES) {
		lanes y = GET(p->y + i), xi = GET(p->x + i);

		for (int c = 0; c < COLUMNS; c++) {
			lanes q = GET(a[c] + i);

			y += q * x[c];
			t[c] += q * xi;
		}
		AT(p->y + i) = y;
	}
	for (int c = 0; c < COLUMNS; c++)
		s[c] = sum(&t[c]);
}

/* The same, after all pairs were applied. */
static void
update(const struct pass *p, size_t j, size_t lo, double *s)
{
	double *a[COLUMNS], v[PAIRS][COLUMNS], w[PAIRS][COLUMNS], x[COLUMNS];
	lanes t[COLUMNS] = { { 0 } };

	for (int c = 0; c < COLUMNS; c++) {
		a[c] = p->a + (j + c) * p->ld;
		x[c] = p->x[j + c];
		for (int k = 0; k < PAIRS; k++) {
			v[k][c] = p->v[k][j + c];
			w[k][c] = p->w[k][j + c];
		}
	}
	for (size_t i = lo; i < p->ld; i += LANES) {
		lanes y = GET(p->y + i), xi = GET(p->x + i), q[COLUMNS];

		for (int c = 0; c < COLUMNS; c++)
			q[c] = GET(a[c] + i);
		for (int k = 0; k < PAIRS; k++) {
			lanes vi = GET(p->v[k] + i), wi = GET(p->w[k] + i);

			for (int c = 0; c < COLUMNS; c++)
				q[c] -= vi * w[k][c];
			for (int c = 0; c < COLUMNS; c++)
				q[c] -= wi * v[k][c];
		}
		for (int c = 0; c < COLUMNS; c++) {
			AT(a[c] + i) = q[c];
			y += q[c] * x[c];
			t[c] += q[c] * xi;
		}
		AT(p->y + i) = y;
	}
	for (int c = 0; c < COLUMNS; c++)
		s[c] = sum(&t[c]);
}

/* The block on the diagonal, which is stored whole. */
static void
diagonal(const struct pass *p, size_t j, bool all)
{
	lanes y = GET(p->y + j);

	for (size_t c = j; c < j + LANES; c++) {
		lanes q = GET(p->a + c * p->ld + j);

		for (int k = 0; all && k < PAIRS; k++) {
			q -= GET(p->v[k] + j) * p->w[k][c];
			q -= GET(p->w[k] + j) * p->v[k][c];
		}
		AT(p->a + c * p->ld + j) = q;
		y += q * p->x[c];
	}
	AT(p->y + j) = y;
}

/* y = A x, A being what the pairs make of it. */
static void
product(struct pass *p)
{
	bool all = p->pairs == PAIRS;

	memset(p->y + p->from, 0, (p->ld - p->from) * sizeof *p->y);
	for (size_t j = p->from; j < p->ld; j += LANES) {
		double s[LANES];

		diagonal(p, j, all);
		for (int c = 0; c < LANES; c += COLUMNS)
			(all ? update(p, j + c, j + LANES, s + c) :
			    multiply(p, j + c, j + LANES, s + c));
		for (int c = 0; c < LANES; c++)
			p->y[j + c] += s[c];
	}
	if (all)
		p->pairs = 0;
	for (int k = 0; k < p->pairs; k++) {
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

/* Apply the pairs that wait to column k. */
static void
catch_up(const struct pass *p, size_t k)
{
	double *c = p->a + k * p->ld;

	for (int b = 0; b < p->pairs; b++) {
		const double *v = p->v[b], *w = p->w[b];
		double vk = v[k], wk = w[k];

		for (size_t i = k; i < p->n; i++)
			c[i] -= v[i] * wk + w[i] * vk;
	}
}

/* The reflection that leaves of x[0 ... n-1] only the first element, *beta:
 * x becomes its v. Returns tau. */
static double
reflection(double *x, size_t n, double *beta)
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

/* Column k, and the pair that it makes of the rest. */
static void
step(struct pass *p, size_t k, struct spec_householder *r)
{
	double *c = p->a + k * p->ld, yx = 0, tau, *v, *w;

	catch_up(p, k);
	r->d[k] = c[k];
	r->e[k] = r->tau[k] = 0;
	if (k + 1 == p->n)
		return;
	r->tau[k] = tau = reflection(c + k + 1, p->n - k - 1, &r->e[k]);
	memcpy(p->x + k + 1, c + k + 1, (p->n - k - 1) * sizeof *c);
	p->x[k] = 0;
	p->from = (k + 1) / LANES * LANES;
	for (int b = 0; b < p->pairs; b++)
		p->v[b][k] = p->w[b][k] = 0;
	product(p);
	#pragma omp simd reduction(+:yx)
	for (size_t i = k + 1; i < p->n; i++)
		yx += p->y[i] * p->x[i];
	v = p->v[p->pairs];
	w = p->w[p->pairs++];
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
	size_t ld = WHOLE(n);
	struct pass p = { .a = a, .n = n, .ld = ld };
	size_t bytes = (2 * PAIRS + 2) * ld * sizeof(double);
	double *room = aligned_alloc(ALIGNED, bytes);

	if (room == NULL)
		return -1;
	memset(room, 0, bytes);
	p.x = room;
	p.y = room + ld;
	for (int k = 0; k < PAIRS; k++) {
		p.v[k] = room + (2 + 2 * k) * ld;
		p.w[k] = room + (3 + 2 * k) * ld;
	}
	for (size_t j = 0; j < ld; j++)
		for (size_t i = j / LANES * LANES; i < j; i++)
			a[j * ld + i] = a[i * ld + j];
	for (size_t k = 0; k < n; k++)
		step(&p, k, r);
	free(room);
	return 0;
}

/* z - V T V' z, for the reflections k to k + b. room: BLOCK rows of z, two of
 * a, and T. */
static void
apply(const double *a, size_t n, const double *tau, size_t k, size_t b,
    double *z, size_t rows, double *room)
{
	size_t ld = WHOLE(n), m = n - k - 1;
	double *v = room, *t = v + BLOCK * m, *y = t + BLOCK * BLOCK;

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
spec_apply_q(const double *a, size_t n, const struct spec_householder *r, double *z,
    size_t k)
{
	size_t last = n > 1 ? (n - 2) / BLOCK * BLOCK : 0;
	double *room = malloc((n + BLOCK + k) * BLOCK * sizeof *room);

	if (room == NULL)
		return -1;
	for (size_t at = last + BLOCK; n > 1 && at > 0;) {
		at -= BLOCK;
		apply(a, n, r->tau, at, n - 1 - at < BLOCK ? n - 1 - at : BLOCK,
		    z, k, room);
	}
	free(room);
	return 0;
}
