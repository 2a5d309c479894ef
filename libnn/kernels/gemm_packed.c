/* gemm_packed.c - matrix products with a small matrix that is packed once */
#include "gemm_packed.h"

void
nn_gemm_pack(nn_real *to, const nn_real *b, bool transposed, size_t k, size_t m)
{
	for (size_t from = 0; from < m; from += PANEL)
		for (size_t i = 0; i < k; i++)
			for (size_t j = from; j < from + PANEL; j++)
				*to++ = j >= m ? 0 :
				    transposed ? b[j * k + i] : b[i * m + j];
}

/* Store sums in the columns from that one on. */
static void
store_sums(nn_real *c, const vector sum[2], size_t from, size_t m, bool add)
{
	const nn_real *x = (const nn_real *)sum;
	size_t n = m - from < PANEL ? m - from : PANEL;

	c += from;
	if (add)
		for (size_t j = 0; j < n; j++)
			c[j] += x[j];
	else
		for (size_t j = 0; j < n; j++)
			c[j] = x[j];
}

/* Multiply at most PANEL_ROWS rows by one panel. */
static void
multiply_panel(nn_real *const *c, const nn_real *const *a, size_t n,
    const nn_real *restrict panel, size_t k, size_t from, size_t m, bool add)
{
	const nn_real *row[PANEL_ROWS];
	vector sum[PANEL_ROWS][2] = { 0 };

	for (size_t r = 0; r < PANEL_ROWS; r++)
		row[r] = a[r < n ? r : 0];
	for (size_t i = 0; i < k; i++, panel += PANEL) {
		vector b0 = *(const vector *)panel;
		vector b1 = *(const vector *)(panel + LANES);

		#pragma GCC unroll 8
		for (size_t r = 0; r < PANEL_ROWS; r++) {
			sum[r][0] += row[r][i] * b0;
			sum[r][1] += row[r][i] * b1;
		}
	}
	for (size_t r = 0; r < n; r++)
		store_sums(c[r], sum[r], from, m, add);
}

void
nn_gemm_packed(nn_real *const *c, const nn_real *const *a, size_t n,
    const nn_real *panels, size_t k, size_t m, bool add)
{
	for (size_t from = 0; from < m; from += PANEL, panels += PANEL * k)
		for (size_t r = 0; r < n; r += PANEL_ROWS)
			multiply_panel(c + r, a + r, n - r < PANEL_ROWS ?
			    n - r : PANEL_ROWS, panels, k, from, m, add);
}
