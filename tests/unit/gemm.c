/* gemm.c - matrix products in F32, and of BF16 factors */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/tape.h"
#include "reference.h"

/* n numbers, exact in BF16 if so wanted. */
static float *
make_numbers(size_t n, int stream, bool exact)
{
	float *x = malloc(n * sizeof *x);

	for (size_t i = 0; i < n; i++)
		x[i] = exact ? round(scatter(i, stream) * 64) / 64 :
		    scatter(i, stream);
	return x;
}

/* x rounded to BF16: 8 bits, to nearest, ties to even. */
static double
round_bf16(double x)
{
	int e;

	x = frexp(x, &e);
	return ldexp(nearbyint(x * 256), e - 8);
}

struct shape { size_t m, n, k; bool ta, tb; float beta; };

/* Reference product in double, of factors rounded to BF16 if so wanted. */
static void
multiply_reference(double *c, const struct nn_gemm *g, bool bf16)
{
	for (size_t i = 0; i < g->m; i++)
		for (size_t j = 0; j < g->n; j++) {
			double sum = 0;

			for (size_t l = 0; l < g->k; l++) {
				double a = g->a[g->ta ? l * g->lda + i :
				    i * g->lda + l];
				double b = g->b[g->tb ? j * g->ldb + l :
				    l * g->ldb + j];

				sum += bf16 ? round_bf16(a) * round_bf16(b) :
				    a * b;
			}
			c[i * g->n + j] = g->beta * g->c[i * g->ldc + j] + sum;
		}
}

/* Whether the product left the elements between its rows as they were. */
static bool
padding_remains(const float *c, const struct shape *s, size_t ldc)
{
	for (size_t i = 0; i < s->m; i++)
		for (size_t j = i * ldc + s->n; j < (i + 1) * ldc; j++)
			if (c[j] != round(scatter(j, 3) * 64) / 64)
				return false;
	return true;
}

static void
check_shape(const struct shape *s, enum nn_precision how, bool exact)
{
	size_t more = 5, size = (s->n + more) * s->m;
	struct nn_gemm g = { .ta = s->ta, .tb = s->tb, .m = s->m, .n = s->n,
		.k = s->k, .lda = (s->ta ? s->m : s->k) + more,
		.ldb = (s->tb ? s->k : s->n) + more, .beta = s->beta,
		.ldc = s->n + more };
	float *a = make_numbers((s->ta ? s->k : s->m) * g.lda, 1, exact);
	float *b = make_numbers((s->tb ? s->n : s->k) * g.ldb, 2, exact);
	float *c[2] = { make_numbers(size, 3, true),
		make_numbers(size, 3, true) };
	double *want = malloc(s->m * s->n * sizeof *want), most = 0;
	bool good = true;

	g.a = a;
	g.b = b;
	g.c = c[0];
	multiply_reference(want, &g, how == NN_PRECISION_BF16);
	for (int i = 0; i < 2; i++) {
		struct nn *net = nn_open(0, 1 + i);

		nn_set_precision(net, how);
		g.c = c[i];
		nn_run_gemm(net, &g);
		good &= !nn_error(net)[0];
		nn_close(net);
	}
	good &= padding_remains(c[0], s, g.ldc);
	for (size_t i = 0; i < s->m; i++)
		for (size_t j = 0; j < s->n; j++)
			most = fmax(most, fabs(c[0][i * g.ldc + j] -
			    want[i * s->n + j]));
	ok(most < 1e-6 * s->k && good, "(%zu, %zu, %zu)%s%s, beta %g, %s: "
	    "%.2g", s->m, s->n, s->k, s->ta ? " a'" : "", s->tb ? " b'" : "",
	    s->beta, how == NN_PRECISION_BF16 ? "bf16" : "f32", most);
	ok(memcmp(c[0], c[1], size * sizeof *c[0]) == 0,
	    "the same with two threads");
	free(a);
	free(b);
	free(c[0]);
	free(c[1]);
	free(want);
}

static void
refuse_bf16(void)
{
	struct nn *net = nn_open(0, 1);

	ok(nn_set_precision(net, NN_PRECISION_BF16) < 0, "no BF16: %s",
	    nn_error(net));
	nn_close(net);
}

/* More shapes than the cache of primitives holds, twice. */
static void
check_cache(void)
{
	enum { SHAPES = 300, SIDE = 32 };
	struct nn *net = nn_open(0, 2);
	float *a = make_numbers(SHAPES * SIDE, 1, true), c[SIDE * SIDE];
	struct nn_gemm g = { .ta = true, .m = SIDE, .n = SIDE, .a = a, .lda = SIDE,
		.b = a, .ldb = SIDE, .c = c, .ldc = SIDE };
	double want[SIDE * SIDE];
	bool good = true;

	nn_set_precision(net, NN_PRECISION_BF16);
	for (int i = 0; i < 2 * SHAPES; i++) {
		g.k = SIDE + i % (SHAPES - SIDE);
		nn_run_gemm(net, &g);
		multiply_reference(want, &g, true);
		for (int j = 0; j < SIDE * SIDE; j++)
			good &= fabs(c[j] - want[j]) < 1e-3;
		nn_reset(net);
	}
	ok(good && !nn_error(net)[0], "%d shapes", SHAPES);
	free(a);
	nn_close(net);
}

/* Products of 129 to 255 rows, which share the plan for their first 128: it is
 * in use when others are dropped from the cache. */
static void
shared_plans(void)
{
	enum { ROWS = 128, SIDE = 32 };
	struct nn *net = nn_open(0, 2);
	float *a = make_numbers(2 * ROWS * (SIDE + 1), 1, true);
	float c[2 * ROWS * SIDE];
	double want[2 * ROWS * SIDE];
	struct nn_gemm g = { .n = SIDE, .a = a, .lda = SIDE + 1, .b = a,
		.ldb = SIDE, .c = c, .ldc = SIDE };
	bool good = true;

	nn_set_precision(net, NN_PRECISION_BF16);
	for (int i = 0; i < 2 * (ROWS - 1); i++) {
		g.m = ROWS + 1 + i / 2;
		g.k = SIDE + i % 2;
		nn_run_gemm(net, &g);
		if (i % 7 == 0)
			multiply_reference(want, &g, true);
		for (size_t j = 0; i % 7 == 0 && j < g.m * SIDE; j++)
			good &= fabs(c[j] - want[j]) < 1e-3;
		nn_reset(net);
	}
	ok(good && !nn_error(net)[0], "plans shared by products of many sizes");
	free(a);
	nn_close(net);
}

int
main(void)
{
	static const struct shape shapes[] = {
		{ 32, 32, 32, false, false, 0 }, { 300, 70, 33, false, true, 1 },
		{ 128, 129, 257, true, false, 1 }, { 257, 48, 1100, true, false, 0 },
		{ 129, 65, 100, true, true, 1 }, { 1100, 40, 64, false, true, 0 },
		{ 31, 100, 100, false, false, 1 }, { 1, 33, 64, false, true, 0 },
	};
	bool bf16 = has_bf16();

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		check_shape(&shapes[i], NN_PRECISION_F32, false);
		if (bf16)
			check_shape(&shapes[i], NN_PRECISION_BF16, true);
	}
	if (bf16) {
		check_shape(&shapes[1], NN_PRECISION_BF16, false);
		check_cache();
		shared_plans();
	} else {
		refuse_bf16();
		skip("BF16 products", "the processor lacks AVX-512 BW");
	}
	return tap_done();
}
