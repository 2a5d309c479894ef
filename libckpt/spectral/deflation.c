/*
 * deflation.c - singular vectors from Gram matrices, in stages
 *
 * The eigenvectors of the Gram matrix A A' are the left singular vectors U, and
 * the rows of U' A, normalized, the right ones. Small singular values lose
 * accuracy in that, as their squares are compared with the rounding errors of
 * the largest square. But the space that their left vectors span is accurate.
 * So the accurate triplets are deflated: of the other rows of U' A, made
 * orthogonal to the accurate right vectors, the next stage takes the Gram
 * matrix, whose rounding errors are smaller. Each stage is good for singular
 * values of some four orders of magnitude.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "deflation.h"
#include "eigen.h"
#include "gram.h"

/* Singular values, relative to the first of their stage: smaller ones are left
 * to the next stage; larger ones need no test of orthogonality. */
#define MIN_ACCEPTED 1e-4
#define MIN_CERTAIN 1e-3

#define MAX_COSINE 1e-7		/* of two right vectors */
#define MIN_NORM 1e-20		/* relative to s[0]: below, values are 0 */

/* Vectors at the end of a stage that are tested at most. */
enum { TESTED = 32 };

static double
square_norm(const double *x, size_t n)
{
	return cblas_ddot(n, x, 1, x, 1);
}

/* x = z x, for z (k, k) and x (k, n). */
static int
rotate_rows(const double *z, double *x, size_t k, size_t n)
{
	double *copy = malloc(k * n * sizeof *copy);

	if (copy == NULL)
		return -1;
	memcpy(copy, x, k * n * sizeof *copy);
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, k, n, k, 1, z,
	    k, copy, n, 0, x, n);
	free(copy);
	return 0;
}

/* v = u A, block by block. */
static void
compute_right(struct spec_gram *g, const struct spec_matrix *m,
    struct spec_triplets *t)
{
	for (uint64_t at = 0; at < t->cols; at += g->width) {
		size_t d = t->cols - at < g->width ? t->cols - at : g->width;

		spec_gram_block(g, m, at, d);
		cblas_dgemm(CblasRowMajor, CblasNoTrans,
		    g->tall ? CblasTrans : CblasNoTrans, t->k, d, t->rows, 1,
		    t->u, t->rows, g->block, g->tall ? t->rows : d, 0,
		    t->v + at, t->cols);
	}
}

/* How many of the first k rows of x, (k, n), are orthogonal to those before
 * them? Rows before from are known to be. -1 when out of memory. */
static long
count_orthogonal(const double *x, size_t from, size_t k, size_t n)
{
	size_t last = k - from;
	double *p = malloc((last * k + k) * sizeof *p), *norm = p + last * k;
	long good = k;

	if (p == NULL)
		return -1;
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, last, k, n, 1,
	    x + from * n, n, x, n, 0, p, k);
	for (size_t i = 0; i < k; i++)
		norm[i] = sqrt(square_norm(x + i * n, n));
	for (size_t i = from; i < (size_t)good; i++)
		for (size_t j = 0; j < i; j++)
			if (!(fabs(p[(i - from) * k + j]) <=
			    MAX_COSINE * norm[i] * norm[j]))
				good = i;
	free(p);
	return good;
}

/* How many triplets from done on are accurate: at least one. Their right
 * vectors are normalized. -1 when out of memory. */
static long
accept_triplets(struct spec_triplets *t, size_t done)
{
	double *v = t->v + done * t->cols, *s = t->s + done;
	size_t k = t->k - done, certain;
	long good = 1;

	while ((size_t)good < k && s[good] >= MIN_ACCEPTED * *s)
		good++;
	for (certain = good; certain > 1 && s[certain - 1] < MIN_CERTAIN * *s;)
		certain--;
	if ((size_t)good > certain + TESTED)
		certain = good - TESTED;
	if (certain < (size_t)good)
		good = count_orthogonal(v, certain, good, t->cols);
	for (long i = 0; i < good; i++, v += t->cols)
		cblas_dscal(t->cols, 1 / sqrt(square_norm(v, t->cols)), v, 1);
	return good;
}

/* Make the rows of v from done on orthogonal to those before: block
 * Gram-Schmidt, twice. */
static int
project_out(struct spec_triplets *t, size_t done)
{
	size_t m = t->k - done, n = t->cols;
	double *c = malloc(m * done * sizeof *c), *x = t->v + done * n;

	if (c == NULL)
		return -1;
	for (int pass = 0; pass < 2; pass++) {
		cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, done,
		    n, 1, x, n, t->v, n, 0, c, done);
		cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n,
		    done, -1, c, done, t->v, n, 1, x, n);
	}
	free(c);
	return 0;
}

/* The largest norm of the rows of v from done on. */
static double
find_largest_norm(const struct spec_triplets *t, size_t done)
{
	double top = 0;

	for (size_t i = done; i < t->k; i++)
		top = fmax(top, square_norm(t->v + i * t->cols, t->cols));
	return sqrt(top);
}

/* The values from done on are 0: complete v to an orthonormal set, by
 * Gram-Schmidt from unit vectors. */
static void
complete_right(struct spec_triplets *t, size_t done)
{
	size_t n = t->cols, unit = 0;

	for (size_t i = done; i < t->k; i++) {
		double *x = t->v + i * n, norm = 0;

		t->s[i] = 0;
		while (!(norm > 0.5 / n)) {
			memset(x, 0, n * sizeof *x);
			x[unit++ % n] = 1;
			for (int pass = 0; pass < 3; pass++)
				for (size_t j = 0; j < i; j++) {
					const double *y = t->v + j * n;

					cblas_daxpy(n, -cblas_ddot(n, x, 1, y,
					    1), y, 1, x, 1);
				}
			norm = square_norm(x, n);
		}
		cblas_dscal(n, 1 / sqrt(norm), x, 1);
	}
}

static void
take_roots(double *s, size_t k)
{
	for (size_t i = 0; i < k; i++)
		s[i] = s[i] > 0 ? sqrt(s[i]) : 0;
}

/* All eigenvalues and eigenvectors of g, into w and z: (n, n). */
static int
decompose_gram(struct spec_gram *g, double *w, double *z)
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

/* A further stage; the rows of v from done on are u A. Returns how many of
 * their triplets are accurate then, or -1. */
static long
run_stage(struct spec_triplets *t, size_t done, char *err, size_t len)
{
	size_t m = t->k - done;
	struct spec_matrix rest = { t->v + done * t->cols, CKPT_F64, m,
	    t->cols, 1, 0 };
	double *z = NULL;
	struct spec_gram g;
	long good = -1;

	if (project_out(t, done) < 0)
		return -1;
	if (find_largest_norm(t, done) <= MIN_NORM * t->s[0]) {
		complete_right(t, done);
		return m;
	}
	if (spec_gram_open(&g, &rest, err, len) < 0)
		return -1;
	z = malloc(m * m * sizeof *z);
	if (z && decompose_gram(&g, t->s + done, z) == 0 &&
	    rotate_rows(z, t->u + done * t->rows, m, t->rows) == 0 &&
	    rotate_rows(z, t->v + done * t->cols, m, t->cols) == 0) {
		take_roots(t->s + done, m);
		for (size_t i = done; i < t->k; i++)
			t->s[i] = ldexp(t->s[i], -g.scale);
		good = accept_triplets(t, done);
	}
	free(z);
	spec_gram_close(&g);
	return good;
}

/* The first stage: s and u, and v = u A if it is wanted or needed for another
 * stage. All of them, if the last value that is wanted is small. */
static int
run_first_stage(struct spec_triplets *t, struct spec_gram *g,
    const struct spec_matrix *m, bool right, char *err, size_t len)
{
	struct spec_eigen e;
	int result = -1;

	if (spec_eigen_open(&e, g->g, g->n) < 0)
		return -1;
	t->s = malloc(t->rows * sizeof *t->s);
	if (t->s == NULL || spec_eigen_values(&e, t->k, t->s) < 0)
		goto out;
	if (!(t->s[t->k - 1] >= MIN_ACCEPTED * MIN_ACCEPTED * *t->s)) {
		right = true;
		if (t->k < t->rows && spec_eigen_values(&e, t->rows, t->s) < 0)
			goto out;
		t->k = t->rows;
	}
	if (spec_check_memory(((double)t->rows + right * t->cols) * t->k,
	    "its vectors", err, len) < 0)
		goto out;
	t->u = malloc(t->k * t->rows * sizeof *t->u);
	if (right)
		t->v = malloc(t->k * t->cols * sizeof *t->v);
	if (t->u && (t->v || !right))
		result = spec_eigen_vectors(&e, t->k, t->s, t->u);
	take_roots(t->s, t->k);
	if (result == 0 && right)
		compute_right(g, m, t);
out:
	spec_eigen_close(&e);
	return result;
}

/* The triplets of the zero matrix: unit vectors. */
static int
set_unit_vectors(struct spec_triplets *t)
{
	t->s = calloc(t->k, sizeof *t->s);
	t->u = calloc(t->k * t->rows, sizeof *t->u);
	t->v = calloc(t->k * t->cols, sizeof *t->v);
	if (t->s == NULL || t->u == NULL || t->v == NULL)
		return -1;
	for (size_t i = 0; i < t->k; i++)
		t->u[i * t->rows + i] = t->v[i * t->cols + i] = 1;
	return 0;
}

static int
find_triplets(struct spec_triplets *t, struct spec_gram *g,
    const struct spec_matrix *m, bool right, char *err, size_t len)
{
	if (g->zero)
		return set_unit_vectors(t);
	if (run_first_stage(t, g, m, right, err, len) < 0)
		return -1;
	for (size_t done = 0; t->v && done < t->k;) {
		long good = done == 0 ? accept_triplets(t, 0) :
		    run_stage(t, done, err, len);

		if (good < 0)
			return -1;
		done += good;
	}
	for (size_t i = 0; i < t->k; i++) {
		t->s[i] = ldexp(t->s[i], -g->scale);
		/* stages may overlap by rounding errors */
		if (i > 0)
			t->s[i] = fmin(t->s[i], t->s[i - 1]);
	}
	return 0;
}

static void
free_triplets(struct spec_triplets *t)
{
	free(t->s);
	free(t->u);
	free(t->v);
	*t = (struct spec_triplets){ 0 };
}

int
spec_triplets_open(struct spec_triplets *t, const struct spec_matrix *m,
    size_t k, bool right, char *err, size_t len)
{
	struct spec_gram g;
	int result;

	*t = (struct spec_triplets){ 0 };
	if (spec_gram_open(&g, m, err, len) < 0)
		return -1;
	t->rows = g.n;
	t->cols = g.tall ? m->rows : m->cols;
	t->k = k < t->rows ? k : t->rows;
	*err = 0;
	result = find_triplets(t, &g, m, right, err, len);
	spec_gram_close(&g);
	if (result == 0)
		return 0;
	if (*err == 0)
		snprintf(err, len, "out of memory, or no convergence");
	free_triplets(t);
	return result;
}
