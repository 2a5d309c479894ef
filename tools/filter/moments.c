/* moments.c - the moments of the elements of a tensor */
#include <math.h>

#include "moments.h"

enum { PART = 4096, MANY = 10000, FOUR = 4 };

/* Sums of powers of the finite elements, about a center. */
struct sums { double n, x1, x2, x3, x4; };

static void
add_elements(struct cli_values *v, struct sums *s, double center,
    const double *x,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double d = x[i] - center;

		v->zeros_behind = x[i] == 0 ? v->zeros_behind + 1 : 0;
		if (!isfinite(x[i])) {
			v->nan += isnan(x[i]);
			v->inf += !isnan(x[i]);
			continue;
		}
		v->min = fmin(v->min, x[i]);
		v->max = fmax(v->max, x[i]);
		s->n++;
		s->x1 += d;
		s->x2 += d * d;
		s->x3 += d * d * d;
		s->x4 += d * d * d * d;
	}
}

void
cli_moments(const struct ckpt_tensor *t, struct cli_values *v)
{
	size_t size = ckpt_type_size(t->type);
	double part[PART], center = 0, mean;
	struct sums s = { 0 };

	*v = (struct cli_values){ .n = t->len, .min = INFINITY, .max = -INFINITY };
	for (uint64_t i = 0; i < t->len; i += PART) {
		size_t n = t->len - i < PART ? t->len - i : PART;

		ckpt_to_double(part, (char *)t->data + i * size, t->type, n);
		if (i == 0 && isfinite(part[0]))
			center = part[0];
		add_elements(v, &s, center, part, n);
	}
	mean = s.x1 / s.n;
	v->mean = center + mean;
	v->variance = s.x2 / s.n - mean * mean;
	v->skewness = (s.x3 / s.n - 3 * mean * s.x2 / s.n +
	    2 * mean * mean * mean) / pow(v->variance, 1.5);
	v->kurtosis = (s.x4 / s.n - 4 * mean * s.x3 / s.n + 6 * mean * mean *
	    s.x2 / s.n - 3 * mean * mean * mean * mean) /
	    (v->variance * v->variance);
}

const char *
cli_moments_fresh(const struct cli_values *v)
{
	double far = FOUR / sqrt(v->n);

	if (v->n < MANY || v->nan || v->inf ||
	    fabs(v->mean) > far * sqrt(v->variance) ||
	    fabs(v->skewness) > far * sqrt(6))
		return NULL;
	if (fabs(v->kurtosis - 3) < far * sqrt(24))
		return "normal";
	/* its sixth and eighth moments make the standard error of the kurtosis
	 * small; and no value exceeds the bound */
	if (fabs(v->kurtosis - 1.8) < far &&
	    fmax(-v->min, v->max) < sqrt(3 * v->variance) * (1 + far))
		return "uniform";
	return NULL;
}
