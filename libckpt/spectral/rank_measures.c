/* rank_measures.c - effective rank and other measures of a spectrum */
#include <math.h>

#include "spec.h"

/* Added by the paper to each singular value, against log 0. */
#define EPSILON 1e-10

static void
measure_entropy(const double *s, size_t r, struct spec_ranks *m)
{
	/* scaled so that neither the sums nor EPSILON over- or underflow */
	double unit = fmax(s[0], EPSILON), epsilon = EPSILON / unit;
	double sum = 0, below = 0, h = 0;

	for (size_t i = 0; i < r; i++)
		sum += s[i] / unit + epsilon;
	m->rank90 = 0;
	for (size_t i = 0; i < r; i++) {
		double p = (s[i] / unit + epsilon) / sum;

		h -= p * log(p);
		below += p;
		if (m->rank90 == 0 && below > 0.9)
			m->rank90 = i + 1;
	}
	m->erank = exp(h);
	if (s[0] == 0)		/* the entropy is that of EPSILON alone */
		m->erank = m->rank90 = NAN;
	m->erank_norm = m->erank / r;
}

static void
measure_norms(const double *s, size_t r, struct spec_ranks *m)
{
	double unit = s[0] > 0 ? s[0] : 1, sum = 0, squares = 0, differ = 0;

	for (size_t i = 0; i < r; i++) {
		double x = s[i] / unit;

		sum += x;
		squares += x * x;
		differ += (r - 1 - 2.0 * i) * x;	/* half the sum */
	}
	m->stable_rank = s[0] > 0 ? squares : NAN;
	m->spectral = s[0];
	m->frobenius = unit * sqrt(squares);
	m->nuclear = unit * sum;
	m->gini = s[0] > 0 ? differ / (r * sum) : NAN;
}

void
spec_measure(const double *s, size_t r, struct spec_ranks *m)
{
	measure_entropy(s, r, m);
	measure_norms(s, r, m);
}
