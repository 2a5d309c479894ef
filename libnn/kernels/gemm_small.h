/*
 * gemm_small.h - products and transposes of matrices that fit into the L1 cache
 *
 * For ops with many of them, where calling a BLAS would take longer than the
 * arithmetic. Private to libnn.
 */
#ifndef NN_GEMM_SMALL_H
#define NN_GEMM_SMALL_H

#include "core/tape.h"

/*
 * c (m, n) = a b, or c + a b if add. a (m, k) has any two strides, so it may be
 * a transpose; rows of b (k, n) and c are b_row and c_row elements apart.
 */
struct nn_gemm_small {
	size_t		 m, n, k;
	const nn_real	*a;
	size_t		 a_row, a_column;
	const nn_real	*b;
	size_t		 b_row;
	nn_real		*c;
	size_t		 c_row;
	bool		 add;
};
void	nn_run_gemm_small(const struct nn_gemm_small *);

/* to (m, n) = the transpose of from (n, m), whose rows are from_row elements
 * apart; those of to are n apart */
void	nn_transpose_small(nn_real *to, const nn_real *from, size_t from_row,
	    size_t m, size_t n);

#endif
