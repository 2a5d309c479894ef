/*
 * tridiagonal_values.c - eigenvalues of a symmetric tridiagonal matrix
 *
 * Bisection with Sturm counts, as LAPACK's dstebz. The leading principal minors
 * of T - x follow p_k+1 = (d_k - x) p_k - e_k-1^2 p_k-1, and change sign as
 * often as there are eigenvalues below x (Givens 1954). An interval is bisected
 * until it holds one eigenvalue; Newton's method on the last minor, whose
 * derivative follows the differentiated recurrence, then converges fast. The
 * recurrence runs for many eigenvalues at once, one in each lane.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "simd.h"
#include "tridiagonal.h"

enum {
	GROUPS = 4,		/* vectors in flight, to hide their latency */
	LANES = GROUPS * SIMD_WIDTH,
	RESCALE = 8,		/* rows between two rescalings of the minors */
	GRID = 2		/* initial points per eigenvalue */
};

/* A smaller e_k^2 has no effect on the eigenvalues, but if it were 0, all
 * further minors would vanish where x is an eigenvalue of the first rows. */
#define MIN_SQUARE 1e-40

/* Newton steps below it are rounding errors. */
#define MIN_STEP (4 * DBL_EPSILON)

/* T, scaled so that its norm is in [1/2, 1). */
struct scaled {
	size_t	 n;
	double	*d, *ee;	/* (n): ee[k] is the square of e[k-1] */
	double	 low, high;	/* bounds of all eigenvalues */
	int	 exponent;
};

/* The recurrence at one x per lane. */
struct points {
	f64x8	x[GROUPS];
	i64x8	below[GROUPS];	/* minus the number of eigenvalues below x */
	f64x8	step[GROUPS];	/* Newton's */
};

/* 2^-i for the exponent i of the larger of *p and *q, into *scale. */
static void
invert_exponent(const f64x8 *p, const f64x8 *q, f64x8 *scale)
{
	const i64x8 exponent = (i64x8){ 0 } + (INT64_C(0x7ff) << 52);
	i64x8 a = (i64x8)*p & exponent, b = (i64x8)*q & exponent;
	i64x8 more = a > b;

	*scale = (f64x8)((INT64_C(0x7fe) << 52) - ((a & more) | (b & ~more)));
}

static void
run_recurrence(const struct scaled *t, struct points *at)
{
	f64x8 p[GROUPS], before[GROUPS], dp[GROUPS], dbefore[GROUPS];

	for (int g = 0; g < GROUPS; g++) {
		p[g] = (f64x8){ 0 } + 1;
		before[g] = dp[g] = dbefore[g] = (f64x8){ 0 };
		at->below[g] = (i64x8){ 0 };
	}
	for (size_t k = 0; k < t->n; k++) {
		for (int g = 0; g < GROUPS; g++) {
			f64x8 u = t->d[k] - at->x[g];
			f64x8 next = u * p[g] - t->ee[k] * before[g];
			f64x8 dnext = u * dp[g] - p[g] - t->ee[k] * dbefore[g];

			at->below[g] += ((i64x8)next ^ (i64x8)p[g]) >> 63;
			before[g] = p[g];
			dbefore[g] = dp[g];
			p[g] = next;
			dp[g] = dnext;
		}
		for (int g = 0; k % RESCALE == RESCALE - 1 && g < GROUPS; g++) {
			f64x8 scale;

			invert_exponent(&p[g], &before[g], &scale);
			p[g] *= scale;
			before[g] *= scale;
			dp[g] *= scale;
			dbefore[g] *= scale;
		}
	}
	for (int g = 0; g < GROUPS; g++)
		at->step[g] = -p[g] / dp[g];
}

/* The search for one eigenvalue. */
struct search {
	size_t	i;		/* its index in ascending order */
	double	low, high;	/* it is between them */
	size_t	below_low, below_high;
	double	step;		/* the last Newton step, or infinity */
};

/* Narrow the interval by the count at *x; the next point, or the eigenvalue,
 * into *x. Returns whether the search is over. */
static bool
narrow_interval(struct search *s, double *x, size_t below, double step)
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
	    next < s->high && fabs(step) < fmax(s->step / 2, MIN_STEP)) {
		*x = next;
		s->step = fabs(step);
		return s->step < MIN_STEP;
	}
	*x = middle;
	s->step = INFINITY;
	return false;
}

/* Sturm counts at m equidistant points. */
static void
count_on_grid(const struct scaled *t, size_t m, size_t *below)
{
	double width = (t->high - t->low) / (m + 1);
	struct points at;

	for (size_t k = 0; k < m; k += LANES) {
		for (size_t s = 0; s < LANES; s++)
			at.x[s / SIMD_WIDTH][s % SIMD_WIDTH] = t->low +
			    width * (k + s + 1);
		run_recurrence(t, &at);
		for (size_t s = 0; s < LANES && k + s < m; s++)
			below[k + s] =
			    -at.below[s / SIMD_WIDTH][s % SIMD_WIDTH];
	}
}

/* The search for eigenvalue i, between two of the m points of the grid. *at:
 * the first of them that may be above it, which never falls when i rises. */
static struct search
start_search(const struct scaled *t, size_t i, size_t m, const size_t *below,
    size_t *at)
{
	double width = (t->high - t->low) / (m + 1);

	while (*at < m && below[*at] <= i)
		++*at;
	return (struct search){ .i = i, .low = t->low + width * *at,
	    .high = *at < m ? t->low + width * (*at + 1) : t->high,
	    .below_low = *at > 0 ? below[*at - 1] : 0,
	    .below_high = *at < m ? below[*at] : t->n, .step = INFINITY };
}

/* The k largest, one search in each lane; a lane that is done starts the next
 * search. */
static void
search_values(const struct scaled *t, size_t k, size_t m, const size_t *below,
    double *w)
{
	struct search search[LANES];
	struct points at;
	size_t next = t->n - k, point = 0, busy = 0;

	for (int s = 0; s < LANES; s++) {
		struct search *l = &search[s];

		if (next < t->n)
			*l = start_search(t, next++, m, below, &point), busy++;
		else
			*l = (struct search){ .i = t->n };
		at.x[s / SIMD_WIDTH][s % SIMD_WIDTH] = l->low +
		    (l->high - l->low) / 2;
	}
	while (busy > 0) {
		run_recurrence(t, &at);
		for (int s = 0; s < LANES; s++) {
			int g = s / SIMD_WIDTH, i = s % SIMD_WIDTH;
			struct search *l = &search[s];
			double x = at.x[g][i];

			if (l->i == t->n)
				continue;
			if (narrow_interval(l, &x, -at.below[g][i],
			    at.step[g][i])) {
				w[t->n - 1 - l->i] = ldexp(x, t->exponent);
				l->i = t->n;
				busy--;
				if (next < t->n) {
					*l = start_search(t, next++, m, below,
					    &point);
					x = l->low + (l->high - l->low) / 2;
					busy++;
				}
			}
			at.x[g][i] = x;
		}
	}
}

/* Bounds of all eigenvalues, by Gershgorin's theorem. */
static void
find_bounds(const struct spec_tridiagonal *t, double *low, double *high)
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
	int result = -1;

	find_bounds(t, &low, &high);
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
			s.ee[i] = fmax(e * e, MIN_SQUARE);
		}
		count_on_grid(&s, m, below);
		search_values(&s, k, m, below, w);
		result = 0;
	}
	free(s.d);
	free(below);
	return result;
}
