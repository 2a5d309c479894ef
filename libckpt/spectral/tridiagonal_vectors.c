/*
 * tridiagonal_vectors.c - the eigenvectors of a tridiagonal matrix, many at a time
 *
 * With T - sigma = L D L' positive definite, small relative changes of L and D
 * make small relative changes of all eigenvalues, so that vectors of different
 * ones come out orthogonal without being made so (Dhillon and Parlett, Linear
 * Algebra and its Applications 387, 2004). For an eigenvalue x, L D L' - x is
 * factored from both ends; where the two meet best, at row r, the equations
 * for all other rows give the vector from its element 1 at r. What is left in
 * row r improves x.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "simd.h"
#include "tridiagonal.h"

enum {
	GROUPS = 2,		/* of lanes, enough to hide how long one takes */
	SLOTS = GROUPS * LANES,
	TURNS = 5,		/* until an eigenvalue must stand */
	CROWD = 32		/* vectors that are made orthogonal at most */
};

#define CLOSE 1e-5		/* eigenvalues, relatively: their vectors are */
				/* made orthogonal */
#define SKEW 1e-9		/* the most that neighbors may be otherwise */
#define TINY 1e-200		/* instead of a pivot that is 0 */

/* L D L' of T, whose largest eigenvalue is scaled to [1/2, 1), and room for
 * what is made of it. */
struct spec_factored {
	size_t	 n;
	double	 scale, sigma;
	double	*d, *l, *ld, *lld;	/* (n): l[k] is below row k */
	double	*found;			/* (n): eigenvalues */
	lanes	(*plus)[GROUPS];	/* (n): of L+, from above */
	lanes	(*minus)[GROUPS];	/* of U-, from below */
	lanes	(*s)[GROUPS];		/* pivots from above, less d[k] */
};

/* Eigenvalues, their vectors, and how far they are from right. */
struct points {
	lanes	x[GROUPS];
	bits	r[GROUPS];
	lanes	least[GROUPS];		/* what is left in row r */
	lanes	squares[GROUPS];	/* of the vector's elements */
	lanes	(*z)[GROUPS];		/* (n) */
};

static inline lanes
pick(bits where, lanes this, lanes that)
{
	return (lanes)(((bits)this & where) | ((bits)that & ~where));
}

static inline lanes
magnitude(lanes x)
{
	return (lanes)((bits)x & INT64_MAX);
}

static void
from_above(struct spec_factored *f, const struct points *at)
{
	lanes s[GROUPS];

	for (int g = 0; g < GROUPS; g++)
		s[g] = -at->x[g];
	for (size_t k = 0; k < f->n; k++)
		for (int g = 0; g < GROUPS; g++) {
			lanes plus = f->ld[k] / (s[g] + f->d[k] + TINY);

			f->s[k][g] = s[g];
			f->plus[k][g] = plus;
			s[g] = plus * f->l[k] * s[g] - at->x[g];
		}
}

static void
from_below(struct spec_factored *f, struct points *at)
{
	lanes p[GROUPS];

	for (int g = 0; g < GROUPS; g++) {
		p[g] = f->d[f->n - 1] - at->x[g];
		at->least[g] = f->s[f->n - 1][g] + f->d[f->n - 1];
		at->r[g] = (bits){ 0 } + (int64_t)(f->n - 1);
	}
	for (size_t k = f->n - 1; k-- > 0;)
		for (int g = 0; g < GROUPS; g++) {
			lanes t = f->d[k] / (f->lld[k] + p[g] + TINY), here;
			bits better;

			f->minus[k][g] = f->l[k] * t;
			here = f->s[k][g] + p[g] * t;
			p[g] = p[g] * t - at->x[g];
			better = magnitude(here) < magnitude(at->least[g]);
			at->least[g] = pick(better, here, at->least[g]);
			at->r[g] = (better & (int64_t)k) | (~better & at->r[g]);
		}
}

static void
vectors(const struct spec_factored *f, struct points *at)
{
	const lanes one = (lanes){ 0 } + 1;
	lanes z[GROUPS] = { { 0 } };

	for (int g = 0; g < GROUPS; g++)
		at->squares[g] = (lanes){ 0 };
	for (size_t k = f->n; k-- > 0;)
		for (int g = 0; g < GROUPS; g++) {
			z[g] = pick(at->r[g] == (int64_t)k, one,
			    -f->plus[k][g] * z[g]);
			at->z[k][g] = z[g];
		}
	for (int g = 0; g < GROUPS; g++)
		z[g] = (lanes){ 0 };
	for (size_t k = 0; k < f->n; k++)
		for (int g = 0; g < GROUPS; g++) {
			if (k > 0)
				z[g] *= -f->minus[k - 1][g];
			z[g] = pick(at->r[g] == (int64_t)k, one, z[g]);
			at->z[k][g] = pick(at->r[g] < (int64_t)k, z[g],
			    at->z[k][g]);
			at->squares[g] += at->z[k][g] * at->z[k][g];
		}
}

/* Eigenvalues from at on of w, at most SLOTS of them, below k. */
static int
some(struct spec_factored *f, struct points *p, const double *w, size_t at,
    size_t k, double *z)
{
	bool again = true;

	for (size_t s = 0; s < SLOTS; s++)
		p->x[s / LANES][s % LANES] = f->scale *
		    w[at + s < k ? at + s : k - 1] - f->sigma;
	for (int turn = 0; again; turn++) {
		if (turn == TURNS)
			return -1;
		from_above(f, p);
		from_below(f, p);
		vectors(f, p);
		again = false;
		for (int g = 0; g < GROUPS; g++)
			for (int l = 0; l < LANES; l++) {
				double by = p->least[g][l] / p->squares[g][l];

				if (!(fabs(by) < 1))
					return -1;
				if (fabs(by) <= 2 * DBL_EPSILON * p->x[g][l])
					continue;
				p->x[g][l] += by;
				again = true;
			}
	}
	for (size_t s = 0; s < SLOTS && at + s < k; s++) {
		double scale = 1 / sqrt(p->squares[s / LANES][s % LANES]);
		double *to = z + (at + s) * f->n;

		f->found[at + s] = p->x[s / LANES][s % LANES];
		for (size_t i = 0; i < f->n; i++)
			to[i] = scale * p->z[i][s / LANES][s % LANES];
	}
	return 0;
}

/* Vectors of eigenvalues that are close, made orthogonal; are all, then? Those
 * that are not in order were found twice. */
static int
part(const struct spec_factored *f, size_t k, double *z)
{
	size_t n = f->n;

	for (size_t i = 1, first = 0; i < k; i++) {
		double *x = z + i * n, norm;
		double gap = 1 - f->found[i] / f->found[i - 1];

		if (gap > CLOSE) {
			first = i;
			if (!(fabs(cblas_ddot(n, x, 1, x - n, 1)) < SKEW))
				return -1;
			continue;
		}
		if (!(gap > -CLOSE) || i - first > CROWD)
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

/* T - sigma = L D L'; is it positive definite? */
static bool
factor(struct spec_factored *f, const struct spec_tridiagonal *t)
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
spec_tridiagonal_vectors(const struct spec_tridiagonal *t, size_t k, const double *w,
    double *z)
{
	struct spec_factored f = { .n = t->n };
	struct points p;
	int exponent, result = -1;

	f.d = malloc(5 * t->n * sizeof *f.d);
	f.plus = aligned_alloc(ALIGNED, 4 * t->n * sizeof *f.plus);
	if (f.d == NULL || f.plus == NULL)
		goto out;
	f.l = f.d + t->n;
	f.ld = f.l + t->n;
	f.lld = f.ld + t->n;
	f.found = f.lld + t->n;
	f.minus = f.plus + t->n;
	f.s = f.minus + t->n;
	p.z = f.s + t->n;
	frexp(w[0], &exponent);
	f.scale = ldexp(1, -exponent);
	/* what is semidefinite may miss it by rounding */
	for (f.sigma = -8 * DBL_EPSILON; !factor(&f, t); f.sigma *= 4)
		if (f.sigma < -1e4 * DBL_EPSILON)
			goto out;
	result = 0;
	for (size_t at = 0; result == 0 && at < k; at += SLOTS)
		result = some(&f, &p, w, at, k, z);
	if (result == 0)
		result = part(&f, k, z);
out:
	free(f.d);
	free(f.plus);
	return result;
}
