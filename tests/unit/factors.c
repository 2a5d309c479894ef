/* factors.c - singular vectors against dgesdd's and by their residuals */
#include <string.h>

#include <lapacke.h>

#include "matrices.h"
#include "spec.h"
#include "tap.h"

/* The largest |<x_i, x_j>| for i != j, or | |x_i| - 1 |. */
static double
measure_skew(const double *x, size_t k, size_t n)
{
	double worst = 0;

	for (size_t i = 0; i < k; i++)
		for (size_t j = 0; j <= i; j++)
			worst = fmax(worst, fabs(cblas_ddot(n, x + i * n, 1,
			    x + j * n, 1) - (i == j)));
	return worst;
}

/* The largest |A v_i - s_i u_i| or |A' u_i - s_i v_i|, relative to s_1. */
static double
measure_residual(const double *a, const struct spec_factors *f)
{
	double *u = alloc_zeros(f->rows, sizeof *u), worst = 0;
	double *v = alloc_zeros(f->cols, sizeof *v);

	for (size_t i = 0; i < f->n; i++) {
		memcpy(u, f->u + i * f->rows, f->rows * sizeof *u);
		memcpy(v, f->v + i * f->cols, f->cols * sizeof *v);
		cblas_dgemv(CblasRowMajor, CblasNoTrans, f->rows, f->cols, 1,
		    a, f->cols, f->v + i * f->cols, 1, -f->s[i], u, 1);
		cblas_dgemv(CblasRowMajor, CblasTrans, f->rows, f->cols, 1,
		    a, f->cols, f->u + i * f->rows, 1, -f->s[i], v, 1);
		worst = fmax(worst, cblas_dnrm2(f->rows, u, 1));
		worst = fmax(worst, cblas_dnrm2(f->cols, v, 1));
	}
	free(u);
	free(v);
	return f->s[0] > 0 ? worst / f->s[0] : worst;
}

/* The largest difference to the values of dgesdd; and of well separated ones,
 * of |<u, u'><v, v'>| to 1, for its vectors u' and v'. */
static double
compare_with_dgesdd(const double *a, const struct spec_factors *f)
{
	int rows = f->rows, cols = f->cols, n = min_dim(rows, cols);
	double *copy = alloc_zeros((size_t)rows * cols, sizeof *copy);
	double *s = alloc_zeros(n + 1, sizeof *s), worst = 0;
	double *u = alloc_zeros((size_t)n * rows, sizeof *u);
	double *v = alloc_zeros((size_t)n * cols, sizeof *v);

	memcpy(copy, a, (size_t)rows * cols * sizeof *a);
	LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'S', cols, rows, copy, cols, s, v,
	    cols, u, n);
	for (size_t i = 0; i < f->n; i++) {
		double gap = s[i] - s[i + 1];

		worst = fmax(worst, fabs(s[i] - f->s[i]) / s[0]);
		if (i > 0)
			gap = fmin(gap, s[i - 1] - s[i]);
		if (gap < 1e-3 * s[i] || s[i] < 1e-12 * s[0])
			continue;
		worst = fmax(worst, fabs(1 - fabs(
		    cblas_ddot(rows, u + i, n, f->u + i * rows, 1) *
		    cblas_ddot(cols, v + i * cols, 1, f->v + i * cols, 1))));
	}
	free(copy);
	free(s);
	free(u);
	free(v);
	return worst;
}

static void
check_svd(const char *what, const double *a, int rows, int cols, size_t k)
{
	struct spec_matrix m = { a, CKPT_F64, rows, cols, 1, 0 };
	struct spec_factors f = { 0 };
	double off[3] = { INFINITY, INFINITY, INFINITY };
	char err[200] = "";

	if (spec_svd(&m, k, SPEC_U | SPEC_V, &f, err, sizeof err) == 0) {
		off[0] = fmax(measure_skew(f.u, f.n, rows),
		    measure_skew(f.v, f.n, cols));
		off[1] = measure_residual(a, &f);
		off[2] = f.s[0] > 0 ? compare_with_dgesdd(a, &f) : 0;
	}
	ok(off[0] < 2e-8 && off[1] < 1e-11 && off[2] < 1e-8,
	    "%dx%d, %s, first %zu: orthogonal to %.1e, residual %.1e, "
	    "from dgesdd's %.1e %s", rows, cols, what, f.n, off[0], off[1],
	    off[2], err);
	spec_factors_free(&f);
}

static void
test_random(void)
{
	static const int shape[][2] = { { 40, 60 }, { 60, 40 }, { 1, 7 },
	    { 7, 1 }, { 1, 1 }, { 2, 2 }, { 99, 99 }, { 5, 3000 },
	    { 3000, 5 }, { 150, 300 }, { 300, 150 } };
	static const double scale[] = { 1e30, 1e-40, 1e200, 1e-200, 1e300 };
	double *a;

	for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
		a = make_random(shape[i][0], shape[i][1]);
		check_svd("normal", a, shape[i][0], shape[i][1], SIZE_MAX);
		check_svd("normal", a, shape[i][0], shape[i][1], 10);
		free(a);
	}
	for (size_t i = 0; i < sizeof scale / sizeof *scale; i++) {
		char what[40];

		a = make_random(20, 30);
		cblas_dscal(600, scale[i], a, 1);
		snprintf(what, sizeof what, "normal * %g", scale[i]);
		check_svd(what, a, 20, 30, SIZE_MAX);
		free(a);
	}
}

static void
test_spectra(void)
{
	double s[80], *a;

	for (int i = 0; i < 80; i++)
		s[i] = pow(10, -12.0 * i / 79);
	a = make_with_spectrum(s, 80, 90);
	check_svd("graded 1 to 1e-12", a, 80, 90, SIZE_MAX);
	check_svd("graded 1 to 1e-12", a, 80, 90, 12);
	free(a);
	a = make_with_spectrum(s, 200, 80);
	check_svd("graded 1 to 1e-12", a, 200, 80, SIZE_MAX);
	check_svd("graded 1 to 1e-12", a, 200, 80, 50);
	free(a);
	for (int i = 0; i < 80; i++)
		s[i] = pow(10, -80.0 * i / 79);
	a = make_with_spectrum(s, 80, 90);
	check_svd("graded 1 to 1e-80", a, 80, 90, SIZE_MAX);
	free(a);
	/* as a diagonal matrix, its rows are graded as well */
	a = alloc_zeros(80 * 90, sizeof *a);
	for (int i = 0; i < 80; i++)
		a[i * 91] = s[i];
	check_svd("a diagonal, 1 to 1e-80", a, 80, 90, SIZE_MAX);
	free(a);
	for (int i = 0; i < 80; i++)
		s[i] = i < 40 ? 1 + i / 40.0 : i < 60 ? 1e-6 : 1e-11;
	a = make_with_spectrum(s, 90, 80);
	check_svd("values of three kinds", a, 90, 80, SIZE_MAX);
	free(a);
	for (int i = 0; i < 80; i++)
		s[i] = i < 20 ? 20 - i : 0;
	a = make_with_spectrum(s, 100, 80);
	check_svd("of rank 20", a, 100, 80, SIZE_MAX);
	check_svd("of rank 20", a, 100, 80, 15);
	free(a);
	for (int i = 0; i < 80; i++)
		s[i] = i < 20 ? 3 : i < 30 ? 2 : 1;
	a = make_with_spectrum(s, 80, 120);
	check_svd("values 3, 2 and 1", a, 80, 120, SIZE_MAX);
	check_svd("values 3, 2 and 1", a, 80, 120, 10);
	free(a);
	a = alloc_zeros(80 * 50, sizeof *a);
	check_svd("zero", a, 80, 50, SIZE_MAX);
	check_svd("zero", a, 50, 80, 3);
	free(a);
}

/* Zero rows and columns, equal rows, and nearly so. */
static void
test_dead(void)
{
	double *a = make_random(120, 90);

	for (int i = 0; i < 120; i++)
		for (int j = 0; j < 90; j++)
			if (i % 3 == 0 || j % 10 == 9)
				a[i * 90 + j] = 0;
	check_svd("rows and columns of 0", a, 120, 90, SIZE_MAX);
	check_svd("rows and columns of 0", a, 90, 120, 70);
	free(a);
	a = make_random(60, 90);
	memcpy(a + 30 * 90, a, 30 * 90 * sizeof *a);
	check_svd("rows twice", a, 60, 90, SIZE_MAX);
	check_svd("rows twice", a, 90, 60, SIZE_MAX);
	free(a);
	a = alloc_zeros(100 * 100, sizeof *a);
	for (int i = 0; i < 100; i++)
		a[i * 100 + (7 * i + 3) % 100] = 1;
	check_svd("a permutation", a, 100, 100, SIZE_MAX);
	a[3] = 1e-9;
	check_svd("nearly", a, 100, 100, SIZE_MAX);
	a[5050] = 1e30;
	check_svd("one large element", a, 100, 100, SIZE_MAX);
	free(a);
}

/* The left vectors alone are those computed with the right ones, to the bit. */
static void
test_sides(void)
{
	double *a = make_random(50, 70);
	struct spec_matrix m = { a, CKPT_F64, 50, 70, 1, 0 };
	struct spec_factors f, u, v;
	char err[200];
	bool positive = true;

	spec_svd(&m, 9, SPEC_U | SPEC_V, &f, err, sizeof err);
	spec_svd(&m, 9, SPEC_U, &u, err, sizeof err);
	spec_svd(&m, 9, SPEC_V, &v, err, sizeof err);
	ok(memcmp(f.u, u.u, 9 * 50 * sizeof *a) == 0 && u.v == NULL,
	    "u alone");
	for (int i = 0; i < 9; i++) {
		const double *x = v.v + i * 70, *y = f.v + i * 70;
		double top = 0;
		int at = 0;

		for (int j = 0; j < 70; j++)
			top = fmax(top, fabs(x[j]));
		while (fabs(x[at]) < top / 2)
			at++;
		positive &= x[at] > 0 &&
		    fabs(fabs(cblas_ddot(70, x, 1, y, 1)) - 1) < 1e-13;
	}
	ok(positive && v.u == NULL, "v alone, its signs by itself");
	spec_factors_free(&f);
	spec_factors_free(&u);
	spec_factors_free(&v);
	a[123] = NAN;
	ok(spec_svd(&m, 9, SPEC_U, &f, err, sizeof err) == -1 &&
	    strcmp(err, "NaN at row 1, column 53") == 0, "%s", err);
	free(a);
}

int
main(void)
{
	openblas_set_num_threads(1);
	test_random();
	test_spectra();
	test_dead();
	test_sides();
	return tap_done();
}
