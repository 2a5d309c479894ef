/*
 * gemm_small.h - products of matrices so small that they stay in the nearest cache
 *
 * For ops that make many of them, where a library's call would cost more than
 * its sums. Inside libnn.
 */
#ifndef NN_TILE_H
#define NN_TILE_H

#include "core/tape.h"

/*
 * c (m, n) = a b, or c + a b if add. a (m, k) has any two strides, so it may be
 * a transpose; rows of b (k, n) and c are b_row and c_row apart.
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
void	nn_gemm_small(const struct nn_gemm_small *);

/* to (m, n), rows apart by n = the transpose of from (n, m), rows apart by
 * from_row */
void	nn_transpose_tile(nn_real *to, const nn_real *from, size_t from_row,
	    size_t m, size_t n);

#endif
