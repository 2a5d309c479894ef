/* eigen.c - symmetric eigenvalues and eigenvectors against LAPACK */
#include <string.h>

#include <lapacke.h>

#include "matrices.h"
#include "spectral/eigen.h"
#include "spectral/simd.h"
#include "spectral/tridiagonal.h"
#include "tap.h"

/* ---------------------------------------------------------- tridiagonal */

static struct spec_tridiagonal
make_tridiagonal(size_t n, double *d, double *e)
{
	e[n - 1] = 0;
	return (struct spec_tridiagonal){ n, d, e };
}

/* The largest difference to the values of dsterf, relative to the largest. */
static double
measure_error(const struct spec_tridiagonal *t, size_t k, const double *w)
{
	double *d = alloc_zeros(t->n, sizeof *d), worst = 0, top;
	double *e = alloc_zeros(t->n, sizeof *e);

	memcpy(d, t->d, t->n * sizeof *d);
	memcpy(e, t->e, t->n * sizeof *e);
	LAPACKE_dsterf_work(t->n, d, e);
	top = fmax(fabs(d[0]), fabs(d[t->n - 1]));
	for (size_t i = 0; i < k; i++)
		worst = fmax(worst, fabs(w[i] - d[t->n - 1 - i]));
	free(d);
	free(e);
	return top > 0 ? worst / top : worst;
}

/* The largest |T z - w z| over the top value, and |<z_i, z_j> - (i = j)|. */
static void
measure_defects(const struct spec_tridiagonal *t, size_t k, const double *w,
    const double *z, double *residual, double *skew)
{
	size_t n = t->n;

	*residual = *skew = 0;
	for (size_t i = 0; i < k; i++) {
		const double *x = z + i * n;
		double squares = 0;

		for (size_t r = 0; r < n; r++) {
			double y = (t->d[r] - w[i]) * x[r];

			y += r > 0 ? t->e[r - 1] * x[r - 1] : 0;
			y += r + 1 < n ? t->e[r] * x[r + 1] : 0;
			squares += y * y;
		}
		*residual = fmax(*residual, sqrt(squares) / w[0]);
		for (size_t j = 0; j <= i; j++)
			*skew = fmax(*skew, fabs(cblas_ddot(n, x, 1,
			    z + j * n, 1) - (i == j)));
	}
}

static void
check_tridiagonal(const char *what, const struct spec_tridiagonal *t, size_t k,
    bool may_fail)
{
	double *w = alloc_zeros(k, sizeof *w), residual = 0, skew = 0;
	double *z = alloc_zeros(k * t->n, sizeof *z);
	bool found;

	found = spec_tridiagonal_values(t, k, w) == 0;
	ok(found && measure_error(t, k, w) < 2e-15 * sqrt(t->n),
	    "%s: %zu values, off by %.1e", what, k, measure_error(t, k, w));
	if (spec_tridiagonal_vectors(t, k, w, z) < 0) {
		ok(may_fail, "%s: vectors not found", what);
	} else {
		measure_defects(t, k, w, z, &residual, &skew);
		ok(residual < 1e-13 && skew < 1e-9,
		    "%s: vectors, residual %.1e, skew %.1e", what, residual,
		    skew);
	}
	free(w);
	free(z);
}

static void
test_tridiagonal(void)
{
	enum { N = 301 };
	double d[N], e[N], w[N], worst = 0;
	struct spec_tridiagonal t;

	for (int n = 1; n < 20; n++) {
		char what[40];

		for (int i = 0; i < n; i++) {
			d[i] = 2 + draw_uniform();
			e[i] = draw_uniform();
		}
		t = make_tridiagonal(n, d, e);
		snprintf(what, sizeof what, "%d rows", n);
		check_tridiagonal(what, &t, n, false);
	}
	for (int i = 0; i < N; i++) {
		d[i] = 2;
		e[i] = -1;
	}
	t = make_tridiagonal(N, d, e);
	spec_tridiagonal_values(&t, N, w);
	for (int i = 0; i < N; i++)
		worst = fmax(worst, fabs(w[i] - 2 - 2 * cos((i + 1) * M_PI /
		    (N + 1))));
	ok(worst < 4e-15, "second differences: off by %.1e", worst);
	check_tridiagonal("second differences", &t, N, false);
	check_tridiagonal("second differences", &t, 10, false);
	for (int i = 0; i < N; i++)
		d[i] *= 1e-250, e[i] *= 1e-250;
	check_tridiagonal("tiny", &t, N, false);
	for (int i = 0; i < N; i++) {
		d[i] = pow(10, -20.0 * i / N);
		e[i] = d[i] / 3;
	}
	t = make_tridiagonal(N, d, e);
	check_tridiagonal("graded", &t, N, true);
	check_tridiagonal("graded", &t, 30, false);
}

static void
test_close(void)
{
	enum { N = 105 };
	double d[N], e[N];
	struct spec_tridiagonal t;

	/* Wilkinson's matrix: pairs equal to 14 digits; five of them, glued */
	for (int i = 0; i < N; i++) {
		d[i] = 10 + abs(i % 21 - 10);
		e[i] = i % 21 == 20 ? 1e-8 : 1;
	}
	t = make_tridiagonal(21, d, e);
	check_tridiagonal("Wilkinson's", &t, 21, true);
	t = make_tridiagonal(N, d, e);
	check_tridiagonal("glued", &t, N, true);
	for (int i = 0; i < N; i++) {
		d[i] = 1 + i % 2;
		e[i] = 0;
	}
	t = make_tridiagonal(N, d, e);
	check_tridiagonal("a diagonal, 1 and 2", &t, N, true);
	for (int i = 0; i < N; i++)
		d[i] = i < 5 ? 5 - i : 0;
	check_tridiagonal("a diagonal, mostly 0", &t, N, true);
	check_tridiagonal("a diagonal, mostly 0", &t, 5, false);
	for (int i = 0; i < N; i++)
		e[i] = i % 3 == 0;
	for (int i = 0; i < N; i++)
		d[i] = 3 + i;
	t = make_tridiagonal(N, d, e);
	check_tridiagonal("blocks", &t, N, false);
}

/* ---------------------------------------------------------------- dense */

/* a a', stored as in tridiagonalize.h; a is (n, m). */
static double *
make_gram(const double *a, int n, int m)
{
	size_t ld = SIMD_ROUND_UP(n);
	double *g = aligned_alloc(SIMD_ALIGN, ld * ld * sizeof *g);

	memset(g, 0, ld * ld * sizeof *g);
	cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, n, m, 1, a, m, 0, g,
	    ld);
	return g;
}

static void
check_eigenpairs(const char *what, const double *a, int n, int m, int k)
{
	double *g = make_gram(a, n, m), *copy = make_gram(a, n, m);
	double *w = alloc_zeros(k, sizeof *w), residual = 0, skew = 0;
	double *z = alloc_zeros((size_t)k * n, sizeof *z);
	double *y = alloc_zeros(n, sizeof *y);
	struct spec_eigen e;
	bool good;

	good = spec_eigen_open(&e, g, n) == 0 &&
	    spec_eigen_values(&e, k, w) == 0 &&
	    spec_eigen_vectors(&e, k, w, z) == 0;
	spec_eigen_close(&e);
	for (int i = 0; good && i < k; i++) {
		cblas_dsymv(CblasColMajor, CblasLower, n, 1, copy,
		    SIMD_ROUND_UP(n), z + i * n, 1, 0, y, 1);
		cblas_daxpy(n, -w[i], z + i * n, 1, y, 1);
		residual = fmax(residual, cblas_dnrm2(n, y, 1) / w[0]);
		for (int j = 0; j <= i; j++)
			skew = fmax(skew, fabs(cblas_ddot(n, z + i * n, 1,
			    z + j * n, 1) - (i == j)));
	}
	ok(good && residual < 1e-13 && skew < 1e-9,
	    "%s, %d of %d: residual %.1e, skew %.1e", what, k, n, residual,
	    skew);
	free(g);
	free(copy);
	free(w);
	free(z);
	free(y);
}

static void
test_eigenpairs(void)
{
	double *a, s[200];

	for (int n = 1; n < 90; n += n < 20 ? 1 : 13) {
		a = make_random(n, n + 5);
		check_eigenpairs("normal", a, n, n + 5, n);
		check_eigenpairs("normal", a, n, n + 5, (n + 2) / 3);
		free(a);
	}
	a = make_random(200, 200);
	check_eigenpairs("square", a, 200, 200, 200);
	memset(a + 3000, 0, 20000 * sizeof *a);
	check_eigenpairs("half the rows are 0", a, 200, 200, 200);
	free(a);
	for (int i = 0; i < 200; i++)
		s[i] = i < 100 ? 2 : 1;
	a = make_with_spectrum(s, 200, 200);
	check_eigenpairs("two values", a, 200, 200, 200);
	check_eigenpairs("two values", a, 200, 200, 20);
	free(a);
	for (int i = 0; i < 200; i++)
		s[i] = pow(10, -12.0 * i / 200);
	a = make_with_spectrum(s, 200, 200);
	check_eigenpairs("graded", a, 200, 200, 200);
	free(a);
}

/* Values without vectors; of large matrices by a two-stage reduction. */
static void
test_large_values(void)
{
	enum { N = 2801, LD = SIMD_ROUND_UP(N) };
	double *g = aligned_alloc(SIMD_ALIGN, (size_t)LD * LD * sizeof *g);
	double *w = alloc_zeros(N, sizeof *w), worst = 0;
	bool good;

	memset(g, 0, (size_t)LD * LD * sizeof *g);
	for (size_t i = 0; i < N; i++) {
		g[i * LD + i] = 2;
		if (i + 1 < N)
			g[i * LD + i + 1] = -1;
	}
	good = spec_eigenvalues(g, N, w) == 0;
	for (int i = 0; i < N; i++)
		worst = fmax(worst, fabs(w[i] - 2 - 2 * cos((i + 1) * M_PI /
		    (N + 1))));
	ok(good && worst < 1e-13, "%d values: off by %.1e", N, worst);
	free(g);
	free(w);
}

int
main(void)
{
	openblas_set_num_threads(1);
	test_tridiagonal();
	test_close();
	test_eigenpairs();
	test_large_values();
	return tap_done();
}
