/*
 * deflation.c - singular vectors from the Gram matrix, in stages
 *
 * The eigenvectors of the Gram matrix are the near vectors, and their products
 * with the matrix the far ones. Where a value is small that is too coarse, as
 * its square is small beside rounding errors of the largest square. What such
 * near vectors span is right, though, and what the matrix makes of it is a
 * smaller matrix, without the large values: this has its own Gram matrix, whose
 * errors are smaller as well. So each stage is good for some decades.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "deflation.h"
#include "eigen.h"
#include "gram.h"

#define LEAST 1e-4		/* of a stage's first value: below, the next */
#define SURE 1e-3		/* from here on nothing need be checked */
#define ORTHOGONAL 1e-7		/* one far vector to another */
#define NOTHING 1e-20		/* of the first value of all */

/* The most vectors that are checked: the last ones are in danger. */
enum { LAST = 32 };

static double
square(const double *x, size_t n)
{
	return cblas_ddot(n, x, 1, x, 1);
}

/* c = a b, of (p, q) by (q, r). */
static void
product(const double *a, const double *b, double *c, size_t p, size_t q,
    size_t r)
{
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p, r, q, 1, a,
	    q, b, r, 0, c, r);
}

/* x = z x, for z (k, k) and x (k, n). */
static int
turn(const double *z, double *x, size_t k, size_t n)
{
	double *copy = malloc(k * n * sizeof *copy);

	if (copy == NULL)
		return -1;
	memcpy(copy, x, k * n * sizeof *copy);
	product(z, copy, x, k, k, n);
	free(copy);
	return 0;
}

/* far = near A (or near A' when A is tall). */
static void
back(struct spec_gram *g, const struct spec_matrix *m, struct spec_triplets *t)
{
	for (uint64_t at = 0; at < t->side; at += g->deep) {
		size_t d = t->side - at < g->deep ? t->side - at : g->deep;

		spec_gram_block(g, m, at, d);
		cblas_dgemm(CblasRowMajor, CblasNoTrans,
		    g->tall ? CblasTrans : CblasNoTrans, t->k, d, t->n, 1,
		    t->near, t->n, g->part, g->tall ? t->n : d, 0,
		    t->far + at, t->side);
	}
}

/* Of the first k of these rows, how many are orthogonal? From row "from" on
 * they may not be. -1 when memory is gone. */
static long
orthogonal(const double *x, size_t from, size_t k, size_t side)
{
	size_t last = k - from;
	double *p = malloc((last * k + k) * sizeof *p), *norm = p + last * k;
	long good = k;

	if (p == NULL)
		return -1;
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, last, k, side, 1,
	    x + from * side, side, x, side, 0, p, k);
	for (size_t i = 0; i < k; i++)
		norm[i] = sqrt(square(x + i * side, side));
	for (size_t i = from; i < (size_t)good; i++)
		for (size_t j = 0; j < i; j++)
			if (!(fabs(p[(i - from) * k + j]) <=
			    ORTHOGONAL * norm[i] * norm[j]))
				good = i;
	free(p);
	return good;
}

/* Of the triplets from done on, how many are good enough? Make far vectors of
 * those of length 1. The first one always is. -1 when memory is gone. */
static long
accept(struct spec_triplets *t, size_t done)
{
	double *far = t->far + done * t->side, *s = t->s + done;
	size_t k = t->k - done, sure;
	long good = 1;

	while ((size_t)good < k && s[good] >= LEAST * *s)
		good++;
	for (sure = good; sure > 1 && s[sure - 1] < SURE * *s;)
		sure--;
	if ((size_t)good > sure + LAST)
		sure = good - LAST;
	if (sure < (size_t)good)
		good = orthogonal(far, sure, good, t->side);
	for (long i = 0; i < good; i++, far += t->side)
		cblas_dscal(t->side, 1 / sqrt(square(far, t->side)), far, 1);
	return good;
}

/* Take out of rows from done on what is along those before. */
static int
project(struct spec_triplets *t, size_t done)
{
	size_t m = t->k - done, side = t->side;
	double *c = malloc(m * done * sizeof *c), *x = t->far + done * side;

	if (c == NULL)
		return -1;
	for (int twice = 0; twice < 2; twice++) {
		cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, done,
		    side, 1, x, side, t->far, side, 0, c, done);
		cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, side,
		    done, -1, c, done, t->far, side, 1, x, side);
	}
	free(c);
	return 0;
}

/* The length of the longest row from done on. */
static double
longest(const struct spec_triplets *t, size_t done)
{
	double top = 0;

	for (size_t i = done; i < t->k; i++)
		top = fmax(top, square(t->far + i * t->side, t->side));
	return sqrt(top);
}

/* The values from done on are 0: any far vectors will do that are orthogonal
 * to all others. */
static void
complete(struct spec_triplets *t, size_t done)
{
	size_t side = t->side, unit = 0;

	for (size_t i = done; i < t->k; i++) {
		double *x = t->far + i * side, norm = 0;

		t->s[i] = 0;
		while (!(norm > 0.5 / side)) {
			memset(x, 0, side * sizeof *x);
			x[unit++ % side] = 1;
			for (int pass = 0; pass < 3; pass++)
				for (size_t j = 0; j < i; j++) {
					const double *y = t->far + j * side;

					cblas_daxpy(side, -cblas_ddot(side, x,
					    1, y, 1), y, 1, x, 1);
				}
			norm = square(x, side);
		}
		cblas_dscal(side, 1 / sqrt(norm), x, 1);
	}
}

static void
roots(double *s, size_t k)
{
	for (size_t i = 0; i < k; i++)
		s[i] = s[i] > 0 ? sqrt(s[i]) : 0;
}

/* The vectors of all eigenvalues w of g, into z: (n, n). */
static int
eigen_all(struct spec_gram *g, double *w, double *z)
{
	struct spec_eigen e;
	int result = -1;

	if (spec_eigen_open(&e, g->g, g->n) < 0)
		return -1;
	if (spec_eigen_values(&e, g->n, w) == 0)
		result = spec_eigen_vectors(&e, g->n, w, z);
	spec_eigen_close(&e);
	return result;
}

/* Some triplets from done on, whose far rows are what the matrix made of the
 * near ones. Returns how many, or -1. */
static long
stage(struct spec_triplets *t, size_t done, char *err, size_t len)
{
	size_t m = t->k - done;
	struct spec_matrix rest = { t->far + done * t->side, CKPT_F64, m,
	    t->side, 1, 0 };
	double *z = NULL;
	struct spec_gram g;
	long good = -1;

	if (project(t, done) < 0)
		return -1;
	if (longest(t, done) <= NOTHING * t->s[0]) {
		complete(t, done);
		return m;
	}
	if (spec_gram_open(&g, &rest, err, len) < 0)
		return -1;
	z = malloc(m * m * sizeof *z);
	if (z && eigen_all(&g, t->s + done, z) == 0 &&
	    turn(z, t->near + done * t->n, m, t->n) == 0 &&
	    turn(z, t->far + done * t->side, m, t->side) == 0) {
		roots(t->s + done, m);
		for (size_t i = done; i < t->k; i++)
			t->s[i] = ldexp(t->s[i], -g.scale);
		good = accept(t, done);
	}
	free(z);
	spec_gram_close(&g);
	return good;
}

/* The first stage: values and near vectors, and what the matrix makes of
 * them where that is needed. All of them if the last value that is wanted is
 * small. */
static int
begin(struct spec_triplets *t, struct spec_gram *g, const struct spec_matrix *m,
    bool far, char *err, size_t len)
{
	struct spec_eigen e;
	int result = -1;

	if (spec_eigen_open(&e, g->g, g->n) < 0)
		return -1;
	t->s = malloc(t->n * sizeof *t->s);
	if (t->s == NULL || spec_eigen_values(&e, t->k, t->s) < 0)
		goto out;
	if (!(t->s[t->k - 1] >= LEAST * LEAST * *t->s)) {
		far = true;
		if (t->k < t->n && spec_eigen_values(&e, t->n, t->s) < 0)
			goto out;
		t->k = t->n;
	}
	if (spec_gram_fits(((double)t->n + far * t->side) * t->k, "its vectors",
	    err, len) < 0)
		goto out;
	t->near = malloc(t->k * t->n * sizeof *t->near);
	if (far)
		t->far = malloc(t->k * t->side * sizeof *t->far);
	if (t->near && (t->far || !far))
		result = spec_eigen_vectors(&e, t->k, t->s, t->near);
	roots(t->s, t->k);
	if (result == 0 && far)
		back(g, m, t);
out:
	spec_eigen_close(&e);
	return result;
}

/* Any vectors will do for the matrix 0. */
static int
units(struct spec_triplets *t)
{
	t->s = calloc(t->k, sizeof *t->s);
	t->near = calloc(t->k * t->n, sizeof *t->near);
	t->far = calloc(t->k * t->side, sizeof *t->far);
	if (t->s == NULL || t->near == NULL || t->far == NULL)
		return -1;
	for (size_t i = 0; i < t->k; i++)
		t->near[i * t->n + i] = t->far[i * t->side + i] = 1;
	return 0;
}

static int
find(struct spec_triplets *t, struct spec_gram *g, const struct spec_matrix *m, bool far,
    char *err, size_t len)
{
	if (g->zero)
		return units(t);
	if (begin(t, g, m, far, err, len) < 0)
		return -1;
	for (size_t done = 0; t->far && done < t->k;) {
		long good = done == 0 ? accept(t, 0) : stage(t, done, err, len);

		if (good < 0)
			return -1;
		done += good;
	}
	for (size_t i = 0; i < t->k; i++) {
		t->s[i] = ldexp(t->s[i], -g->scale);
		/* stages differ by rounding */
		if (i > 0)
			t->s[i] = fmin(t->s[i], t->s[i - 1]);
	}
	return 0;
}

int
spec_triplets_open(struct spec_triplets *t, const struct spec_matrix *m, size_t k,
    bool far, char *err, size_t len)
{
	struct spec_gram g;
	int result;

	*t = (struct spec_triplets){ 0 };
	if (spec_gram_open(&g, m, err, len) < 0)
		return -1;
	t->n = g.n;
	t->side = g.tall ? m->rows : m->cols;
	t->k = k < t->n ? k : t->n;
	*err = 0;
	result = find(t, &g, m, far, err, len);
	spec_gram_close(&g);
	if (result == 0)
		return 0;
	if (*err == 0)
		snprintf(err, len, "no memory, or no convergence");
	spec_triplets_close(t);
	return result;
}

void
spec_triplets_close(struct spec_triplets *t)
{
	free(t->s);
	free(t->near);
	free(t->far);
	*t = (struct spec_triplets){ 0 };
}
