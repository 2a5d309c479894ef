/* tensor_distance.c - norms, distances and angles of tensors */
#include <math.h>
#include <string.h>

#include "tensor_distance.h"

enum { PART = 4096 };

/* Magnitudes whose squares, and sums of squares, are safe in a double. */
#define SAFE_MIN 1e-140
#define SAFE_MAX 1e+140

/* 2^MAX_EXPONENT and 2^-MAX_EXPONENT are normal doubles. */
enum { MAX_EXPONENT = 1000 };

/* Elements of x and y, and x - y; each divided by a power of two. */
struct part { double x[PART], y[PART], d[PART]; };
struct exponents { int x, y, d; };

struct sums {
	double	 xx, yy, xy, dd;
	double	 x, y, d;	/* largest magnitudes, unscaled; d may be NaN */
};

static int
choose_exponent(double largest)
{
	int e = 0;

	if (largest == 0 || !isfinite(largest) ||
	    (largest >= SAFE_MIN && largest <= SAFE_MAX))
		return 0;
	frexp(largest, &e);
	return e < -MAX_EXPONENT ? -MAX_EXPONENT : e > MAX_EXPONENT ?
	    MAX_EXPONENT : e;
}

static const char *
find_element(const struct ckpt_tensor *t, size_t i)
{
	return (const char *)t->data + i * ckpt_type_size(t->type);
}

/* ------------------------------------------------------------- elements */

static bool
is_wide_integer(const struct ckpt_tensor *t)
{
	return t->type == CKPT_I64 || t->type == CKPT_U64;
}

/* An integer that may not fit in a double, or else any element. */
static long double
read_exactly(const struct ckpt_tensor *t, size_t i)
{
	uint64_t u;
	int64_t s;
	double x;

	if (t->type == CKPT_U64) {
		memcpy(&u, find_element(t, i), sizeof u);
		return u;
	}
	if (t->type == CKPT_I64) {
		memcpy(&s, find_element(t, i), sizeof s);
		return s;
	}
	ckpt_to_double(&x, find_element(t, i), t->type, 1);
	return x;
}

/* Elements from i on, at most PART; how many. 0: they have no real values. */
static size_t
read_part(struct part *p, const struct ckpt_tensor *x,
    const struct ckpt_tensor *y, size_t i)
{
	size_t n = x->len - i < PART ? x->len - i : PART;

	if (ckpt_to_double(p->x, find_element(x, i), x->type, n) < 0 ||
	    ckpt_to_double(p->y, find_element(y, i), y->type, n) < 0)
		return 0;
	for (size_t k = 0; k < n; k++) {
		p->d[k] = p->x[k] == p->y[k] ? 0 : p->x[k] - p->y[k];
		if (isinf(p->x[k]) && p->x[k] == p->y[k])
			p->x[k] = p->y[k] = 0;
	}
	if (is_wide_integer(x) || is_wide_integer(y))
		for (size_t k = 0; k < n; k++)
			p->d[k] = read_exactly(x, i + k) -
			    read_exactly(y, i + k);
	return n;
}

static void
scale_part(struct part *p, size_t n, const struct exponents *e)
{
	double x = ldexp(1, -e->x), y = ldexp(1, -e->y), d = ldexp(1, -e->d);

	for (size_t k = 0; k < n; k++) {
		/* finite elements may have a difference that is not */
		p->d[k] = isinf(p->d[k]) ? p->x[k] * d - p->y[k] * d :
		    p->d[k] * d;
		p->x[k] *= x;
		p->y[k] *= y;
	}
}

/* ----------------------------------------------------------------- sums */

static void
add_part(struct sums *sums, const struct part *p, size_t n)
{
	struct sums s = *sums;		/* in registers */

	for (size_t k = 0; k < n; k++) {
		double x = p->x[k], y = p->y[k], d = fabs(p->d[k]);

		s.xx += x * x;
		s.yy += y * y;
		s.xy += x * y;
		s.dd += d * d;
		s.x = fabs(x) > s.x ? fabs(x) : s.x;
		s.y = fabs(y) > s.y ? fabs(y) : s.y;
		s.d = d > s.d || isnan(d) ? d : s.d;
	}
	*sums = s;
}

/* False for types without real values. */
static bool
sum_products(struct sums *s, const struct ckpt_tensor *x,
    const struct ckpt_tensor *y, const struct exponents *e)
{
	struct part p;

	*s = (struct sums){ 0 };
	for (size_t i = 0, n; i < x->len; i += n) {
		n = read_part(&p, x, y, i);
		if (n == 0)
			return false;
		if (e)
			scale_part(&p, n, e);
		add_part(s, &p, n);
	}
	return true;
}

struct cli_distance
cli_distance(const struct ckpt_tensor *x, const struct ckpt_tensor *y)
{
	struct cli_distance r = { NAN, NAN, NAN };
	struct exponents e = { 0 };
	struct sums s;

	if (!sum_products(&s, x, y, NULL))
		return r;
	r.max_abs = s.d;
	e.x = choose_exponent(s.x);
	e.y = choose_exponent(s.y);
	e.d = isinf(s.d) ? MAX_EXPONENT : choose_exponent(s.d);
	if (e.x || e.y || e.d)
		sum_products(&s, x, y, &e);
	r.rel_frobenius = s.dd == 0 ? 0 :
	    ldexp(sqrt(s.dd) / sqrt(s.xx), e.d - e.x);
	r.cosine = s.xy / (sqrt(s.xx) * sqrt(s.yy));
	return r;
}

int
cli_safe_exponent(const struct ckpt_tensor *t)
{
	double x[PART], largest = 0;

	for (size_t i = 0, n; i < t->len; i += n) {
		n = t->len - i < PART ? t->len - i : PART;
		ckpt_to_double(x, find_element(t, i), t->type, n);
		for (size_t k = 0; k < n; k++)
			largest = fabs(x[k]) > largest ? fabs(x[k]) : largest;
	}
	return choose_exponent(largest);
}
