/* spec.c - singular values against LAPACK's and closed forms; rank measures */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "matrices.h"
#include "spec.h"
#include "tap.h"

static double *
compute_values(const double *a, int rows, int cols)
{
	struct spec_matrix m = { a, CKPT_F64, rows, cols, 1, 0 };
	double *s = alloc_zeros(min_dim(rows, cols), sizeof *s);
	char err[200];

	if (spec_values(&m, s, err, sizeof err) < 0) {
		printf("# %s\n", err);
		s[0] = NAN;
	}
	return s;
}

/* The largest |s_i - t_i| and |s_i^2 - t_i^2|, relative to t_0: the precision
 * lost by squaring affects the first, where no value is small; other errors
 * both. */
struct error { double value, square; };

static struct error
compare_values(const double *s, const double *t, int n)
{
	struct error e = { 0, 0 };

	for (int i = 0; i < n; i++) {
		double x = s[i] / t[0], y = t[i] / t[0];

		if (!(x >= 0) || (i > 0 && s[i] > s[i - 1]))
			return (struct error){ INFINITY, INFINITY };
		e.value = fmax(e.value, fabs(x - y));
		e.square = fmax(e.square, fabs(x * x - y * y));
	}
	return e;
}

/* Of a rounded to a type, spec_values against dgesdd. */
static void
check_against_dgesdd(const char *what, const double *a, int rows, int cols,
    enum ckpt_type type)
{
	size_t len = (size_t)rows * cols;
	int n = min_dim(rows, cols);
	void *stored = alloc_zeros(len, ckpt_type_size(type));
	double *copy = alloc_zeros(len, sizeof *copy);
	double *s = alloc_zeros(n, sizeof *s), *t = alloc_zeros(n, sizeof *t);
	struct spec_matrix m = { stored, type, rows, cols, 1, 0 };
	struct error e = { INFINITY, INFINITY };
	char err[200] = "";

	ckpt_from_double(stored, a, type, len);
	ckpt_to_double(copy, stored, type, len);
	if (spec_values(&m, s, err, sizeof err) == 0 &&
	    LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', cols, rows, copy, cols, t,
	    NULL, 1, NULL, 1) == 0)
		e = compare_values(s, t, n);
	ok(e.value < 1e-10 && e.square < 2e-14,
	    "%dx%d %s, %s: off by %.1e, squares by %.1e %s", rows, cols,
	    ckpt_type_name(type), what, e.value, e.square, err);
	free(stored);
	free(copy);
	free(s);
	free(t);
}

static void
test_accuracy(void)
{
	static const int shape[][2] = { { 40, 60 }, { 60, 40 }, { 1, 7 },
	    { 7, 1 }, { 1, 1 }, { 2, 2 }, { 33, 33 }, { 5, 3000 },
	    { 3000, 5 }, { 300, 600 }, { 600, 300 } };
	static const double scale[] = { 1e30, 1e-40, 1e200, 1e-200, 1e300,
	    1e-310 };
	double s[40], *a;

	for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
		a = make_random(shape[i][0], shape[i][1]);
		check_against_dgesdd("normal", a, shape[i][0], shape[i][1],
		    i % 2 ? CKPT_F32 : CKPT_F64);
		free(a);
	}
	for (enum ckpt_type t = CKPT_BOOL; t < CKPT_C64; t++) {
		a = make_random(24, 50);
		if (ckpt_type_is_float(t) && t != CKPT_F8_E8M0)
			check_against_dgesdd("normal", a, 24, 50, t);
		free(a);
	}
	for (size_t i = 0; i < sizeof scale / sizeof *scale; i++) {
		char what[40];

		a = make_random(20, 30);
		for (int k = 0; k < 600; k++)
			a[k] *= scale[i];
		snprintf(what, sizeof what, "normal * %g", scale[i]);
		check_against_dgesdd(what, a, 20, 30,
		    i < 2 ? CKPT_F32 : CKPT_F64);
		free(a);
	}
	for (int i = 0; i < 40; i++)
		s[i] = pow(10, -12.0 * i / 39);
	a = make_with_spectrum(s, 40, 90);
	check_against_dgesdd("graded 1 to 1e-12", a, 40, 90, CKPT_F64);
	check_against_dgesdd("graded 1 to 1e-12", a, 40, 90, CKPT_F32);
	free(a);
	for (int i = 0; i < 40; i++)
		s[i] = i < 20 ? 3 : i < 30 ? 2 : 0;
	a = make_with_spectrum(s, 90, 40);
	check_against_dgesdd("3 twenty times, 2 ten times, 0", a, 90, 40,
	    CKPT_F64);
	free(a);
}

static void
test_known(void)
{
	enum { N = 300 };
	double s[N], *a, *t;
	struct error e;

	for (int i = 0; i < N; i++)
		s[i] = 1 + 100.0 * (N - i) / N;
	a = make_with_spectrum(s, N, 2 * N);
	t = compute_values(a, N, 2 * N);
	e = compare_values(t, s, N);
	ok(e.value < 1e-14, "known spectrum: off by %.1e", e.value);
	free(a);
	free(t);
}

/* Of a matrix whose rank is below its dimensions, the other values are 0, and
 * its effective rank that of the rest to all digits of a table. */
static void
check_deficient(const char *what, const double *a, int rows, int cols,
    double erank)
{
	double *s = compute_values(a, rows, cols);
	int n = min_dim(rows, cols), rank = (int)lround(erank);
	struct spec_ranks m;
	char got[32], want[32];

	spec_measure(s, n, &m);
	snprintf(got, sizeof got, "%.9g", m.erank);
	snprintf(want, sizeof want, "%.9g", erank);
	ok(s[rank] < 1e-13 * s[0] && strcmp(got, want) == 0,
	    "%dx%d %s: erank %s, value %d is %.1e", rows, cols, what, got,
	    rank + 1, s[rank] / s[0]);
	free(s);
}

static void
test_deficient(void)
{
	static const int shape[][2] = { { 1024, 1024 }, { 30, 2000 },
	    { 2000, 30 }, { 700, 400 }, { 2, 2 } };
	double s[64] = { 0 }, *a;

	for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
		int rows = shape[i][0], cols = shape[i][1];

		a = alloc_zeros((size_t)rows * cols, sizeof *a);
		for (int k = 0; k < rows * cols; k++)
			a[k] = 1;
		check_deficient("ones", a, rows, cols, 1);
		for (int k = 0; k < rows * cols; k++)
			a[k] = k % cols == cols / 2 ? 0x1p700 * (k + 1) : 0;
		check_deficient("one column", a, rows, cols, 1);
		free(a);
	}
	for (int i = 0; i < 16; i++)
		s[i] = 1e3;
	a = make_with_spectrum(s, 64, 900);
	check_deficient("rank 16", a, 64, 900, 16);
	free(a);
	a = make_with_spectrum(s, 900, 64);
	check_deficient("rank 16", a, 900, 64, 16);
	free(a);
}

/* Larger matrices use another solver; dgesdd would take half a minute. */
static void
test_large(void)
{
	enum { N = 3001 };
	double *s = alloc_zeros(N, sizeof *s), *a, *t;
	struct error e;

	for (int i = 0; i < N; i++)
		s[i] = exp(-i * 5.0 / N);
	a = make_with_spectrum(s, N, N);
	t = compute_values(a, N, N);
	e = compare_values(t, s, N);
	ok(e.value < 1e-12, "known spectrum, %d values: off by %.1e", N,
	    e.value);
	free(s);
	free(a);
	free(t);
}

static void
test_properties(void)
{
	enum { R = 48, C = 70 };
	double *a = make_random(R, C), *b = alloc_zeros(R * C, sizeof *b);
	double *s = compute_values(a, R, C), *t;
	struct error e;

	for (int i = 0; i < R * C; i++)
		b[i % C * R + i / C] = a[i];
	t = compute_values(b, C, R);
	e = compare_values(t, s, R);
	ok(e.value < 1e-14, "transpose: %.1e", e.value);
	free(t);

	for (int i = 0; i < R * C; i++)
		b[i] = 0x1p-700 * a[i];
	t = compute_values(b, R, C);
	for (int i = 0; i < R; i++)
		t[i] *= 0x1p700;
	ok(memcmp(s, t, R * sizeof *s) == 0, "scaled by 2^-700, to the bit");
	free(t);

	for (int i = 0; i < R; i++)
		memcpy(b + (i * 5 % R) * C, a + i * C, C * sizeof *a);
	t = compute_values(b, R, C);
	e = compare_values(t, s, R);
	ok(e.value < 1e-14, "rows permuted: %.1e", e.value);
	free(t);

	apply_reflection(a, R, C, false);
	apply_reflection(a, R, C, true);
	t = compute_values(a, R, C);
	e = compare_values(t, s, R);
	ok(e.value < 1e-14, "reflected on both sides: %.1e", e.value);
	free(t);
	free(a);
	free(b);
	free(s);
}

static void
check_failure(const char *want, const void *data, enum ckpt_type type,
    uint64_t rows, uint64_t cols)
{
	struct spec_matrix m = { data, type, rows, cols, 1, 0 };
	double s[64];
	char err[200] = "nothing";

	ok(spec_values(&m, s, err, sizeof err) == -1 && strstr(err, want),
	    "fails, saying %s: %s", want, err);
}

static void
test_faults(void)
{
	float a[12] = { 0 };
	double b[12] = { 0 }, s[3];
	struct spec_matrix m = { a, CKPT_F32, 3, 4, 1, 0 };
	char err[200];

	ok(spec_values(&m, s, err, sizeof err) == 0 && s[0] == 0 && s[2] == 0,
	    "zero matrix");
	a[7] = NAN;
	check_failure("NaN at row 1, column 3", a, CKPT_F32, 3, 4);
	a[7] = -INFINITY;
	check_failure("infinity at row 1, column 3", a, CKPT_F32, 3, 4);
	check_failure("infinity at row 3, column 1", a, CKPT_F32, 6, 2);
	b[0] = INFINITY;
	check_failure("infinity at row 0, column 0", b, CKPT_F64, 3, 4);
	check_failure("empty", a, CKPT_F32, 0, 4);
	check_failure("empty", NULL, CKPT_F32, 4, 0);
	check_failure("real", a, CKPT_C64, 2, 2);
	check_failure("real", NULL, CKPT_OTHER, 2, 2);
	check_failure("MB", a, CKPT_F32, 4000000, 4000000);
}

static void
test_ranks(void)
{
	double s[100], h = 0;
	struct spec_ranks m;

	for (int i = 0; i < 100; i++)
		s[i] = 3;
	spec_measure(s, 100, &m);
	ok(is_close(m.erank, 100) && is_close(m.erank_norm, 1) &&
	    is_close(m.stable_rank, 100) && m.rank90 >= 90 && m.rank90 <= 91 &&
	    m.spectral == 3 && is_close(m.frobenius, 30) &&
	    is_close(m.nuclear, 300), "3 I");

	memset(s, 0, sizeof s);
	s[0] = 1e6;
	spec_measure(s, 100, &m);
	ok(is_close(m.erank, 1) && m.rank90 == 1 && m.stable_rank == 1 &&
	    m.frobenius == 1e6 && m.nuclear == 1e6, "rank one");

	/* p = 1/2, 1/4, 1/8, 1/8: entropy 7/4 bits */
	s[0] = 4, s[1] = 2, s[2] = s[3] = 1;
	spec_measure(s, 4, &m);
	ok(fabs(m.erank - exp2(1.75)) < 1e-8 && m.rank90 == 4 &&
	    is_close(m.stable_rank, 22.0 / 16) &&
	    is_close(m.frobenius, sqrt(22)) && is_close(m.nuclear, 8),
	    "4 2 1 1: erank %.12g", m.erank);

	/* small enough for the 1e-10 to matter */
	s[0] = 3e-10, s[1] = 1e-10;
	spec_measure(s, 2, &m);
	h = -(4 / 6.0 * log(4 / 6.0) + 2 / 6.0 * log(2 / 6.0));
	ok(is_close(m.erank, exp(h)), "epsilon of the formula");

	memset(s, 0, sizeof s);
	spec_measure(s, 100, &m);
	ok(isnan(m.erank) && isnan(m.erank_norm) && isnan(m.rank90) &&
	    isnan(m.stable_rank) && isnan(m.gini) && m.spectral == 0 &&
	    m.frobenius == 0 && m.nuclear == 0, "zero matrix: no rank");

	s[0] = s[1] = 1e300;
	spec_measure(s, 2, &m);
	ok(is_close(m.erank, 2) && is_close(m.stable_rank, 2) &&
	    is_close(m.frobenius / 1e300, sqrt(2)), "1e300");
	s[0] = s[1] = 1e-300;
	spec_measure(s, 2, &m);
	ok(is_close(m.erank, 2) && is_close(m.stable_rank, 2) &&
	    is_close(m.frobenius / 1e-300, sqrt(2)), "1e-300");
}

/* Values at initialization, U(1/sqrt(fan-in)); seeds move them a little. */
static void
test_initial(void)
{
	static const struct { int rows, cols; double norm, rank90, stable; }
	table[] = {
		{ 256, 256, 0.8045, 0.67, 0.25 },
		{ 114, 128, 0.84, 0.71, 0.27 },
		{ 512, 256, 0.926, 0.797, 0.35 },
		{ 384, 128, 0.954, 0.83, 0.40 },
		{ 128, 512, 0.966, 0.844, 0.45 },
		{ 256, 3072, 0.990, 0.875, 0.60 },
		{ 64, 27, 0.944, 0.81, 0.43 },
	};
	struct spec_ranks m;

	for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
		int rows = table[k].rows, cols = table[k].cols;
		int r = min_dim(rows, cols);
		double *a = alloc_zeros((size_t)rows * cols, sizeof *a), *s;

		for (size_t i = 0; i < (size_t)rows * cols; i++)
			a[i] = (2 * draw_uniform() - 1) / sqrt(cols);
		s = compute_values(a, rows, cols);
		spec_measure(s, r, &m);
		ok(fabs(m.erank_norm - table[k].norm) < 0.011 &&
		    fabs(m.rank90 / r - table[k].rank90) < 0.02 &&
		    fabs(m.stable_rank / r - table[k].stable) < 0.04,
		    "%dx%d at initialization: %.3f %.3f %.2f", rows, cols,
		    m.erank_norm, m.rank90 / r, m.stable_rank / r);
		free(a);
		free(s);
	}
}

/* Slices larger than a block of the Gram matrix, which are scanned for their
 * largest element when that is out of range. */
static void
test_large_slices(void)
{
	struct ckpt_tensor t = { .type = CKPT_F32, .rank = 3,
	    .dim = { 512, 512, 2 } };
	float *x = alloc_zeros(512 * 512 * 2, sizeof *x);
	double s[512], sum = 0;
	struct spec_matrix m;
	char err[200];

	ckpt_measure(&t);
	t.data = x;
	m = spec_view(&t, SPEC_SLICES, 1);
	if (spec_values(&m, s, err, sizeof err) < 0)
		sum = NAN;
	for (int i = 0; i < 512; i++)
		sum += s[i];
	ok(sum == 0, "a large slice of zeros");
	x[2 * (512 * 500 + 7) + 1] = NAN;
	ok(spec_values(&m, s, err, sizeof err) < 0 &&
	    strcmp(err, "NaN at row 500, column 7") == 0, "%s", err);
	free(x);
}

int
main(void)
{
	openblas_set_num_threads(1);
	test_accuracy();
	test_known();
	test_deficient();
	test_large();
	test_properties();
	test_faults();
	test_ranks();
	test_initial();
	test_large_slices();
	return tap_done();
}
