/*
 * tridiagonal_vectors.c - eigenvectors of a symmetric tridiagonal matrix
 *
 * Twisted factorization, as LAPACK's dlar1v. With T - sigma = L D L' positive
 * definite, small relative changes of L and D make small relative changes of
 * all eigenvalues, so that vectors of well separated ones come out orthogonal
 * without Gram-Schmidt (Dhillon and Parlett, Linear Algebra and its
 * Applications 387, 2004). For an eigenvalue x, L D L' - x is factored from the
 * top (stationary qd, L+ D+ L+') and from the bottom (progressive qd,
 * U- D- U-'). They are joined at the row r whose pivot gamma_r is the smallest:
 * with z_r = 1, the equations of the other rows give the vector z, and gamma_r
 * / z'z is the Rayleigh quotient correction of x. Each lane has its own x.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "simd.h"
#include "tridiagonal.h"

enum {
	GROUPS = 2,		/* vectors in flight, to hide their latency */
	LANES = GROUPS * SIMD_WIDTH,
	MAX_CORRECTIONS = 5,	/* of an eigenvalue until it converges */
	MAX_CLUSTER = 32	/* vectors that are orthogonalized together */
};

#define MIN_GAP 1e-5		/* relative, between clusters of eigenvalues */
#define MAX_COSINE 1e-9		/* of vectors of different clusters */
#define TINY 1e-200		/* added to pivots, instead of a test for 0 */

/* L D L' = scale T - sigma, whose largest eigenvalue is in [1/2, 1), and
 * scratch buffers for the factorizations. */
struct ldl {
	size_t	 n;
	double	 scale, sigma;
	double	*d, *l, *ld, *lld;	/* (n): l[k] is below row k */
	double	*value;			/* (n): eigenvalues */
	f64x8	(*plus)[GROUPS];	/* (n): of L+ */
	f64x8	(*minus)[GROUPS];	/* of U- */
	f64x8	(*s)[GROUPS];		/* pivots of D+, less d[k] */
};

/* An eigenpair per lane. */
struct pairs {
	f64x8	x[GROUPS];
	i64x8	r[GROUPS];		/* twist index */
	f64x8	gamma[GROUPS];		/* pivot in row r */
	f64x8	squares[GROUPS];	/* z'z */
	f64x8	(*z)[GROUPS];		/* (n) */
};

/* L+ D+ L+' = L D L' - x, by the stationary qd algorithm. */
static void
factor_from_top(struct ldl *f, const struct pairs *at)
{
	f64x8 s[GROUPS];

	for (int g = 0; g < GROUPS; g++)
		s[g] = -at->x[g];
	for (size_t k = 0; k < f->n; k++)
		for (int g = 0; g < GROUPS; g++) {
			f64x8 plus = f->ld[k] / (s[g] + f->d[k] + TINY);

			f->s[k][g] = s[g];
			f->plus[k][g] = plus;
			s[g] = plus * f->l[k] * s[g] - at->x[g];
		}
}

/* U- D- U-' = L D L' - x, by the progressive qd algorithm; and the twist. */
static void
factor_from_bottom(struct ldl *f, struct pairs *at)
{
	f64x8 p[GROUPS];

	for (int g = 0; g < GROUPS; g++) {
		p[g] = f->d[f->n - 1] - at->x[g];
		at->gamma[g] = f->s[f->n - 1][g] + f->d[f->n - 1];
		at->r[g] = (i64x8){ 0 } + (int64_t)(f->n - 1);
	}
	for (size_t k = f->n - 1; k-- > 0;)
		for (int g = 0; g < GROUPS; g++) {
			f64x8 t = f->d[k] / (f->lld[k] + p[g] + TINY), gamma;
			i64x8 smaller;

			f->minus[k][g] = f->l[k] * t;
			gamma = f->s[k][g] + p[g] * t;
			p[g] = p[g] * t - at->x[g];
			smaller = SIMD_ABS(gamma) < SIMD_ABS(at->gamma[g]);
			at->gamma[g] = SIMD_SELECT(smaller, gamma,
			    at->gamma[g]);
			at->r[g] = (smaller & (int64_t)k) |
			    (~smaller & at->r[g]);
		}
}

/* z from row r upwards by L+, and downwards by U-. */
static void
solve_vectors(const struct ldl *f, struct pairs *at)
{
	const f64x8 one = (f64x8){ 0 } + 1;
	f64x8 z[GROUPS] = { { 0 } };

	for (int g = 0; g < GROUPS; g++)
		at->squares[g] = (f64x8){ 0 };
	for (size_t k = f->n; k-- > 0;)
		for (int g = 0; g < GROUPS; g++) {
			i64x8 twist = at->r[g] == (int64_t)k;

			z[g] *= -f->plus[k][g];
			z[g] = SIMD_SELECT(twist, one, z[g]);
			at->z[k][g] = z[g];
		}
	for (int g = 0; g < GROUPS; g++)
		z[g] = (f64x8){ 0 };
	for (size_t k = 0; k < f->n; k++)
		for (int g = 0; g < GROUPS; g++) {
			i64x8 twist = at->r[g] == (int64_t)k;
			i64x8 below = at->r[g] < (int64_t)k;

			if (k > 0)
				z[g] *= -f->minus[k - 1][g];
			z[g] = SIMD_SELECT(twist, one, z[g]);
			at->z[k][g] = SIMD_SELECT(below, z[g], at->z[k][g]);
			at->squares[g] += at->z[k][g] * at->z[k][g];
		}
}

/* Apply the Rayleigh quotient corrections. Returns 1 when there were some, 0
 * when all values have converged, -1 when one does not. */
static int
correct_values(struct pairs *p)
{
	int changed = 0;

	for (int g = 0; g < GROUPS; g++)
		for (int l = 0; l < SIMD_WIDTH; l++) {
			double by = p->gamma[g][l] / p->squares[g][l];

			if (!(fabs(by) < 1))
				return -1;
			if (fabs(by) <= 2 * DBL_EPSILON * p->x[g][l])
				continue;
			p->x[g][l] += by;
			changed = 1;
		}
	return changed;
}

/* The vectors of LANES eigenvalues of w from at on, or as many as there are
 * below k. */
static int
find_vectors(struct ldl *f, struct pairs *p, const double *w, size_t at,
    size_t k, double *z)
{
	int corrections = 0, changed;

	for (size_t s = 0; s < LANES; s++)
		p->x[s / SIMD_WIDTH][s % SIMD_WIDTH] = f->scale *
		    w[at + s < k ? at + s : k - 1] - f->sigma;
	do {
		if (corrections++ == MAX_CORRECTIONS)
			return -1;
		factor_from_top(f, p);
		factor_from_bottom(f, p);
		solve_vectors(f, p);
		changed = correct_values(p);
	} while (changed > 0);
	if (changed < 0)
		return -1;
	for (size_t s = 0; s < LANES && at + s < k; s++) {
		size_t g = s / SIMD_WIDTH, l = s % SIMD_WIDTH;
		double scale = 1 / sqrt(p->squares[g][l]);
		double *to = z + (at + s) * f->n;

		f->value[at + s] = p->x[g][l];
		for (size_t i = 0; i < f->n; i++)
			to[i] = scale * p->z[i][g][l];
	}
	return 0;
}

/* Orthogonalize the vectors of each cluster. -1 if vectors are not orthogonal
 * then, or if values are out of order: one was found twice. */
static int
orthogonalize_clusters(const struct ldl *f, size_t k, double *z)
{
	size_t n = f->n;

	for (size_t i = 1, first = 0; i < k; i++) {
		double *x = z + i * n, norm;
		double gap = 1 - f->value[i] / f->value[i - 1];

		if (gap > MIN_GAP) {
			first = i;
			if (!(fabs(cblas_ddot(n, x, 1, x - n, 1)) < MAX_COSINE))
				return -1;
			continue;
		}
		if (!(gap > -MIN_GAP) || i - first > MAX_CLUSTER)
			return -1;
		for (size_t j = first; j < i; j++)
			cblas_daxpy(n, -cblas_ddot(n, x, 1, z + j * n, 1),
			    z + j * n, 1, x, 1);
		norm = sqrt(cblas_ddot(n, x, 1, x, 1));
		if (!(norm > 0.9))
			return -1;
		cblas_dscal(n, 1 / norm, x, 1);
	}
	return 0;
}

/* L D L' = scale T - sigma; false if that is not positive definite. */
static bool
factor_ldl(struct ldl *f, const struct spec_tridiagonal *t)
{
	f->d[0] = f->scale * t->d[0] - f->sigma;
	for (size_t i = 0; i < f->n; i++) {
		if (!(f->d[i] > 0))
			return false;
		f->l[i] = f->scale * t->e[i] / f->d[i];
		f->ld[i] = f->l[i] * f->d[i];
		f->lld[i] = f->l[i] * f->ld[i];
		if (i + 1 < f->n)
			f->d[i + 1] = f->scale * t->d[i + 1] - f->sigma -
			    f->lld[i];
	}
	return true;
}

int
spec_tridiagonal_vectors(const struct spec_tridiagonal *t, size_t k,
    const double *w, double *z)
{
	struct ldl f = { .n = t->n };
	struct pairs p;
	int exponent, result = -1;

	f.d = malloc(5 * t->n * sizeof *f.d);
	f.plus = aligned_alloc(SIMD_ALIGN, 4 * t->n * sizeof *f.plus);
	if (f.d == NULL || f.plus == NULL)
		goto out;
	f.l = f.d + t->n;
	f.ld = f.l + t->n;
	f.lld = f.ld + t->n;
	f.value = f.lld + t->n;
	f.minus = f.plus + t->n;
	f.s = f.minus + t->n;
	p.z = f.s + t->n;
	frexp(w[0], &exponent);
	f.scale = ldexp(1, -exponent);
	/* a semidefinite matrix may be indefinite by rounding errors */
	for (f.sigma = -8 * DBL_EPSILON; !factor_ldl(&f, t); f.sigma *= 4)
		if (f.sigma < -1e4 * DBL_EPSILON)
			goto out;
	result = 0;
	for (size_t at = 0; result == 0 && at < k; at += LANES)
		result = find_vectors(&f, &p, w, at, k, z);
	if (result == 0)
		result = orthogonalize_clusters(&f, k, z);
out:
	free(f.d);
	free(f.plus);
	return result;
}
