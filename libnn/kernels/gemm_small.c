/* gemm_small.c - products of small matrices, accumulated in registers */
#include <string.h>

#include "gemm_small.h"

/*
 * Vectors of 64 bytes, and the size of a tile of c: enough sums to hide the
 * latency of an addition, few enough for 32 registers.
 */
typedef nn_real vector __attribute__((vector_size(64), may_alias,
    aligned(sizeof(nn_real))));
enum { LANES = 64 / sizeof(nn_real), ROWS = 8, COLS = 2 * LANES };

static void
multiply_tile(const struct nn_gemm_small *t, size_t i, size_t j)
{
	const nn_real *a = t->a + i * t->a_row, *b = t->b + j;
	nn_real *c = t->c + i * t->c_row + j;
	vector left[ROWS] = { 0 }, right[ROWS] = { 0 };

	for (size_t k = 0; k < t->k; k++) {
		const vector *row = (const vector *)(b + k * t->b_row);
		const nn_real *x = a + k * t->a_column;

		#pragma GCC unroll 8
		for (size_t r = 0; r < ROWS; r++) {
			left[r] += x[r * t->a_row] * row[0];
			right[r] += x[r * t->a_row] * row[1];
		}
	}
	#pragma GCC unroll 8
	for (size_t r = 0; r < ROWS; r++) {
		vector *to = (vector *)(c + r * t->c_row);

		if (t->add) {
			left[r] += to[0];
			right[r] += to[1];
		}
		to[0] = left[r];
		to[1] = right[r];
	}
}

/* What tiles do not cover: rows i, ..., end - 1, columns from j on. */
static void
multiply_edge(const struct nn_gemm_small *t, size_t i, size_t end, size_t j)
{
	for (; i < end; i++) {
		nn_real *restrict c = t->c + i * t->c_row;

		if (!t->add)
			memset(c + j, 0, (t->n - j) * sizeof *c);
		for (size_t k = 0; k < t->k; k++) {
			nn_real a = t->a[i * t->a_row + k * t->a_column];
			const nn_real *b = t->b + k * t->b_row;

			for (size_t l = j; l < t->n; l++)
				c[l] += a * b[l];
		}
	}
}

void
nn_run_gemm_small(const struct nn_gemm_small *t)
{
	size_t m = t->m - t->m % ROWS, n = t->n - t->n % COLS;

	for (size_t j = 0; j < n; j += COLS)
		for (size_t i = 0; i < m; i += ROWS)
			multiply_tile(t, i, j);
	if (n < t->n)
		multiply_edge(t, 0, m, n);
	if (m < t->m)
		multiply_edge(t, m, t->m, 0);
}

void
nn_transpose_small(nn_real *to, const nn_real *from, size_t from_row, size_t m,
    size_t n)
{
	enum { SIDE = 16 };

	for (size_t i = 0; i < m; i += SIDE)
		for (size_t j = 0; j < n; j++) {
			size_t end = m - i < SIDE ? m : i + SIDE;

			for (size_t k = i; k < end; k++)
				to[k * n + j] = from[j * from_row + k];
		}
}
