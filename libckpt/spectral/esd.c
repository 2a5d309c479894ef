/* esd.c - power-law tail and Marchenko-Pastur bulk of eigenvalues */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "esd.h"

#define MIN_VALUE 1e-5		/* eigenvalues up to it are left out */

/* Fewer eigenvalues than SMALL have a corrected alpha, and tails of at least
 * MIN_TAIL. */
enum { SMALL = 20, MIN_TAIL = 8 };

/* The fitted cumulative distribution, of logarithms. */
static double
eval_cdf(double x, double xmin, double alpha)
{
	return -expm1((1 - alpha) * (x - xmin));
}

/* The Kolmogorov-Smirnov distance, or some value above bound if it is larger.
 * x: logarithms, ascending, from that of xmin on. Both distributions increase,
 * so that their values at the ends of a block bound the distances inside. */
static double
find_distance(const double *x, size_t k, double alpha, double bound)
{
	enum { BLOCK = 32 };
	double most = 0;

	for (size_t i = 0, next; i < k && most <= bound; i = next) {
		size_t last = i + BLOCK < k ? i + BLOCK - 1 : k - 1;

		next = last + 1;
		if (eval_cdf(x[last], x[0], alpha) - (double)i / k <= most &&
		    (double)last / k - eval_cdf(x[i], x[0], alpha) <= most)
			continue;
		for (; i < next; i++) {
			double d = fabs(eval_cdf(x[i], x[0], alpha) -
			    (double)i / k);

			most = d > most ? d : most;
		}
	}
	return most;
}

int
spec_esd_fit_tail(const double *lambda, size_t n, struct spec_esd_tail *t)
{
	double best = INFINITY, sum = 0, *x;
	size_t skip = 0;
	bool small;

	while (skip < n && !(lambda[skip] > MIN_VALUE))
		skip++;
	n -= skip;
	lambda += skip;
	small = n < SMALL;
	if (n < 2 || (x = malloc(n * sizeof *x)) == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		x[i] = log(lambda[i]);
	sum = x[n - 1];
	/* from the longest tail on, which is preferred among equals */
	for (size_t i = n - 1; i-- > 0; )
		sum += x[i];
	for (size_t i = 0; i + 1 < n; sum -= x[i], i++) {
		size_t k = n - i;
		double logs = sum - k * x[i], alpha, D;

		if (!(logs > 1e-12) || (small && k < MIN_TAIL))
			continue;
		alpha = 1 + (small ? k - 1 : k) / logs;
		D = find_distance(x + i, k, alpha, best);
		if (D < best) {
			best = D;
			*t = (struct spec_esd_tail){ alpha, lambda[i], D,
			    (alpha - 1) / sqrt(k), k };
		}
	}
	free(x);
	return isinf(best) ? -1 : 0;
}

double
spec_esd_log_norm(const double *lambda, size_t n, double p)
{
	double top = n > 0 ? lambda[n - 1] : 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += pow(lambda[i] / top, p);
	return p * log10(top) + log10(sum);
}

void
spec_esd_fit_bulk(const double *lambda, size_t n, double N, double M,
    struct spec_esd_bulk *b)
{
	static const double tw = 2.0234;	/* 99th percentile, beta 1 */
	double root = sqrt(N - 1) + sqrt(M), mean = 0, inside, edge;
	double scale = root * cbrt(1 / sqrt(N - 1) + 1 / sqrt(M)) / N;
	size_t in = n, before;

	for (size_t i = 0; i < n; i++)
		mean += lambda[i] / n;
	do {
		before = in;
		inside = 0;
		for (size_t i = 0; i < in; i++)
			inside += lambda[i] / in;
		edge = inside * (root * root / N + tw * scale);
		while (in > 1 && lambda[in - 1] > edge)
			in--;
	} while (in < before);
	*b = (struct spec_esd_bulk){ sqrt(inside / mean),
	    inside * (1 + sqrt(M / N)) * (1 + sqrt(M / N)), n - in };
}
