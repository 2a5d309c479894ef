/* esd.c - power-law tails, random bulks and spikes against known values */
#include <math.h>
#include <stdlib.h>

#include "esd.h"
#include "matrices.h"
#include "spec.h"
#include "tap.h"

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The fit by its definition, without bounds. */
static void
fit_by_definition(const double *x, size_t n, struct spec_esd_tail *t)
{
	double best = INFINITY;

	for (size_t i = 0; i + 1 < n; i++) {
		double k = n - i, logs = 0, alpha, D = 0;

		if (n < 20 && k < 8)
			continue;
		for (size_t j = i; j < n; j++)
			logs += log(x[j] / x[i]);
		alpha = 1 + (n < 20 ? k - 1 : k) / logs;
		for (size_t j = i; j < n; j++)
			D = fmax(D, fabs(1 - pow(x[j] / x[i], 1 - alpha) -
			    (j - i) / k));
		if (D < best) {
			best = D;
			*t = (struct spec_esd_tail){ alpha, x[i], D,
			    (alpha - 1) / sqrt(k), k };
		}
	}
}

static bool
is_within(double a, double b, double relative)
{
	return fabs(a - b) <= relative * fabs(b);
}

/* n numbers at the middles of n equal parts of a power law's distribution. */
static void
fill_pareto(double *x, size_t n, double alpha, double xmin)
{
	for (size_t i = 0; i < n; i++)
		x[i] = xmin * pow(1 - (i + 0.5) / n, 1 / (1 - alpha));
}

static void
test_tails(void)
{
	enum { N = 1000 };
	double *x = alloc_zeros(N, sizeof *x);
	struct spec_esd_tail t, u = { 0 };
	bool fitted;

	for (double alpha = 1.5; alpha < 6; alpha += 1.5) {
		fill_pareto(x, N, alpha, 3);
		fitted = spec_esd_fit_tail(x, N, &t) == 0;
		ok(fitted && is_within(t.alpha, alpha, 0.02) && t.D < 2.0 / N,
		    "alpha %g of exact quantiles: %g, D %g", alpha,
		    t.alpha, t.D);
	}
	for (int n = 3; n < 400; n = n * 5 / 2) {
		for (int i = 0; i < n; i++)
			x[i] = exp(draw_normal() * 2);
		qsort(x, n, sizeof *x, compare_doubles);
		u.k = 0;
		fit_by_definition(x, n, &u);
		if (n < 8)
			ok(spec_esd_fit_tail(x, n, &t) < 0, "%d are too few",
			    n);
		else
			ok(spec_esd_fit_tail(x, n, &t) == 0 && t.k == u.k &&
			    is_within(t.alpha, u.alpha, 1e-10) &&
			    is_within(t.D, u.D, 1e-9) && t.xmin == u.xmin &&
			    is_within(t.sigma, u.sigma, 1e-10),
			    "%d as by definition", n);
	}
	for (int i = 0; i < 50; i++)
		x[i] = i < 25 ? i * 1e-7 : 2;
	ok(spec_esd_fit_tail(x, 25, &t) < 0, "all too small");
	ok(spec_esd_fit_tail(x, 50, &t) < 0, "all equal");
	ok(spec_esd_fit_tail(x, 0, &t) < 0, "none");
	ok(is_within(spec_esd_log_norm(x, 50, 3), log10(25 * 8.0), 1e-12),
	    "log norm");
	for (int i = 0; i < 50; i++)
		x[i] = 1e200;
	ok(is_within(spec_esd_log_norm(x, 50, 5), 1000 + log10(50), 1e-12),
	    "log norm of what overflows");
	free(x);
}

/* A random matrix with spikes added. */
static void
test_bulk(int rows, int cols, int spikes)
{
	double *a = make_random(rows, cols), s[600];
	double big = cols > rows ? cols : rows;
	int n = cols < rows ? cols : rows;
	struct spec_matrix m = { a, CKPT_F64, rows, cols, 1, 0 };
	struct spec_esd_bulk b;
	char err[200];

	/* each a large row: well above the edge */
	for (int i = 0; i < spikes; i++)
		for (int j = 0; j < cols; j++)
			a[i * cols + j] *= 8 + i;
	spec_values(&m, s, err, sizeof err);
	for (int i = 0; i < n; i++)
		s[i] *= s[i];
	qsort(s, n, sizeof *s, compare_doubles);
	spec_esd_fit_bulk(s, n, big, n, &b);
	ok((int)b.spikes == spikes, "%d x %d, %d spikes: %zu", rows, cols,
	    spikes, b.spikes);
	if (spikes == 0)
		ok(b.sigma == 1 && is_within(b.max, s[n - 1], 0.1),
		    "%d x %d: edge %g, largest %g", rows, cols, b.max,
		    s[n - 1]);
	free(a);
}

int
main(void)
{
	test_tails();
	for (int i = 0; i < 4; i++) {
		test_bulk(300, 300, i);
		test_bulk(100, 500, i);
		test_bulk(500, 100, i ? 1 : 0);
	}
	return tap_done();
}
