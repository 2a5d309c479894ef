/*
 * tridiagonal_values.c - the eigenvalues of a tridiagonal matrix, many at a time
 *
 * The leading minors of T - x follow p_k+1 = (d_k - x) p_k - e_k-1^2 p_k-1, and
 * their signs change as often as there are eigenvalues below x (Givens 1954).
 * So each eigenvalue lies in an interval that is halved until no other one is
 * in it; from there Newton's steps on the last minor are quick. All lanes walk
 * down the diagonals together, each at the x of another eigenvalue.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "simd.h"
#include "tridiagonal.h"

enum {
	GROUPS = 4,		/* of lanes, enough to hide how long one takes */
	SLOTS = GROUPS * LANES,
	CALM = 8,		/* rows until minors are scaled */
	GRID = 2		/* points for each eigenvalue, to begin with */
};

/* Squares below are no different from 0, and must not be: minors would vanish
 * for good where an x hits an eigenvalue of the first rows. */
#define TINY 1e-40

/* Steps below are made of rounding errors. */
#define NOISE (4 * DBL_EPSILON)

/* T, scaled so that its norm is in [1/2, 1). */
struct scaled {
	size_t	 n;
	double	*d, *ee;	/* (n): ee[k] is the square of e[k-1] */
	double	 low, high;	/* all eigenvalues are between them */
	int	 exponent;
};

/* Points, and what is found there. */
struct points {
	lanes	x[GROUPS];
	bits	below[GROUPS];	/* minus the number of eigenvalues below x */
	lanes	step[GROUPS];	/* Newton's */
};

/* 2^-i for the exponent i of the larger of two. */
static lanes
shrink(const lanes *p, const lanes *q)
{
	const bits exponent = (bits){ 0 } + (INT64_C(0x7ff) << 52);
	bits a = (bits)*p & exponent, b = (bits)*q & exponent;
	bits more = a > b;

	return (lanes)((INT64_C(0x7fe) << 52) - ((a & more) | (b & ~more)));
}

static void
evaluate(const struct scaled *t, struct points *at)
{
	lanes p[GROUPS], before[GROUPS], dp[GROUPS], dbefore[GROUPS];

	for (int g = 0; g < GROUPS; g++) {
		p[g] = (lanes){ 0 } + 1;
		before[g] = dp[g] = dbefore[g] = (lanes){ 0 };
		at->below[g] = (bits){ 0 };
	}
	for (size_t k = 0; k < t->n; k++) {
		for (int g = 0; g < GROUPS; g++) {
			lanes u = t->d[k] - at->x[g];
			lanes next = u * p[g] - t->ee[k] * before[g];
			lanes dnext = u * dp[g] - p[g] - t->ee[k] * dbefore[g];

			at->below[g] += ((bits)next ^ (bits)p[g]) >> 63;
			before[g] = p[g];
			dbefore[g] = dp[g];
			p[g] = next;
			dp[g] = dnext;
		}
		for (int g = 0; k % CALM == CALM - 1 && g < GROUPS; g++) {
			lanes by = shrink(&p[g], &before[g]);

			p[g] *= by;
			before[g] *= by;
			dp[g] *= by;
			dbefore[g] *= by;
		}
	}
	for (int g = 0; g < GROUPS; g++)
		at->step[g] = -p[g] / dp[g];
}

/* An eigenvalue on its way. */
struct slot {
	size_t	i;		/* which, in ascending order */
	double	low, high;	/* it is between them */
	size_t	below_low, below_high;
	double	step;		/* the last of Newton's, or infinity */
};

/* What the point x tells about s: where to look next, into *x. Returns whether
 * that is the eigenvalue. */
static bool
narrow(struct slot *s, double *x, size_t below, double step)
{
	double next = *x + step, middle;

	if (below <= s->i) {
		s->low = *x;
		s->below_low = below;
	} else {
		s->high = *x;
		s->below_high = below;
	}
	middle = s->low + (s->high - s->low) / 2;
	if (s->high - s->low <= DBL_EPSILON / 2) {
		*x = middle;
		return true;
	}
	if (s->below_high == s->below_low + 1 && next > s->low &&
	    next < s->high && fabs(step) < fmax(s->step / 2, NOISE)) {
		*x = next;
		s->step = fabs(step);
		return s->step < NOISE;
	}
	*x = middle;
	s->step = INFINITY;
	return false;
}

/* How many are below each of m points that cut the range evenly. */
static void
survey(const struct scaled *t, size_t m, size_t *below)
{
	double width = (t->high - t->low) / (m + 1);
	struct points at;

	for (size_t k = 0; k < m; k += SLOTS) {
		for (size_t s = 0; s < SLOTS; s++)
			at.x[s / LANES][s % LANES] = t->low +
			    width * (k + s + 1);
		evaluate(t, &at);
		for (size_t s = 0; s < SLOTS && k + s < m; s++)
			below[k + s] = -at.below[s / LANES][s % LANES];
	}
}

/* Eigenvalue i, by what is known from m points. *at: the first of them that
 * may be above it, which never falls when i rises. */
static struct slot
begin(const struct scaled *t, size_t i, size_t m, const size_t *below,
    size_t *at)
{
	double width = (t->high - t->low) / (m + 1);

	while (*at < m && below[*at] <= i)
		++*at;
	return (struct slot){ .i = i, .low = t->low + width * *at,
	    .high = *at < m ? t->low + width * (*at + 1) : t->high,
	    .below_low = *at > 0 ? below[*at - 1] : 0,
	    .below_high = *at < m ? below[*at] : t->n, .step = INFINITY };
}

static void
find(const struct scaled *t, size_t k, size_t m, const size_t *below,
    double *w)
{
	struct slot slot[SLOTS];
	struct points at;
	size_t next = t->n - k, point = 0, busy = 0;

	for (int s = 0; s < SLOTS; s++) {
		if (next < t->n)
			slot[s] = begin(t, next++, m, below, &point), busy++;
		else
			slot[s] = (struct slot){ .i = t->n };
		at.x[s / LANES][s % LANES] = slot[s].low +
		    (slot[s].high - slot[s].low) / 2;
	}
	while (busy > 0) {
		evaluate(t, &at);
		for (int s = 0; s < SLOTS; s++) {
			struct slot *l = &slot[s];
			double x = at.x[s / LANES][s % LANES];

			if (l->i == t->n)
				continue;
			if (narrow(l, &x, -at.below[s / LANES][s % LANES],
			    at.step[s / LANES][s % LANES])) {
				w[t->n - 1 - l->i] = ldexp(x, t->exponent);
				l->i = t->n;
				busy--;
				if (next < t->n) {
					*l = begin(t, next++, m, below, &point);
					x = l->low + (l->high - l->low) / 2;
					busy++;
				}
			}
			at.x[s / LANES][s % LANES] = x;
		}
	}
}

/* By Gershgorin's circles. */
static void
bounds(const struct spec_tridiagonal *t, double *low, double *high)
{
	*low = INFINITY;
	*high = -INFINITY;
	for (size_t k = 0; k < t->n; k++) {
		double r = fabs(t->e[k]) + (k > 0 ? fabs(t->e[k - 1]) : 0);

		*low = fmin(*low, t->d[k] - r);
		*high = fmax(*high, t->d[k] + r);
	}
}

int
spec_tridiagonal_values(const struct spec_tridiagonal *t, size_t k, double *w)
{
	size_t m = GRID * k, *below;
	struct scaled s = { .n = t->n };
	double low, high, top;

	bounds(t, &low, &high);
	top = fmax(fabs(low), fabs(high));
	if (top > 0)
		frexp(top, &s.exponent);
	s.low = ldexp(low, -s.exponent) - t->n * DBL_EPSILON;
	s.high = ldexp(high, -s.exponent) + t->n * DBL_EPSILON;
	s.d = malloc(2 * t->n * sizeof *s.d);
	s.ee = s.d + t->n;
	below = malloc(m * sizeof *below);
	if (s.d && below) {
		for (size_t i = 0; i < t->n; i++) {
			double e = i > 0 ? ldexp(t->e[i - 1], -s.exponent) : 0;

			s.d[i] = ldexp(t->d[i], -s.exponent);
			s.ee[i] = fmax(e * e, TINY);
		}
		survey(&s, m, below);
		find(&s, k, m, below, w);
	}
	free(s.d);
	free(below);
	return s.d && below ? 0 : -1;
}
