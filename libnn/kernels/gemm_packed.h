/*
 * gemm_packed.h - matrix products with a small matrix that is packed once and
 * used many times; private to libnn
 *
 * A recurrent layer multiplies a few rows by the same weights at every step.
 * Packed into contiguous panels of PANEL columns, they are read in order and
 * from the cache, which takes half the time of a BLAS that packs them at each
 * call. A row of the result does not depend on the other rows of the call.
 */
#ifndef NN_GEMM_PACKED_H
#define NN_GEMM_PACKED_H

#include "core/tape.h"

/* The processor's vectors, loaded and stored without alignment. */
#if defined __AVX512F__
enum { VECTOR = 64 };
#elif defined __AVX__
enum { VECTOR = 32 };
#else
enum { VECTOR = 16 };
#endif
typedef nn_real vector __attribute__((vector_size(VECTOR),
    aligned(sizeof(nn_real)), may_alias));

enum {
	LANES = VECTOR / sizeof(nn_real),
	PANEL = 2 * LANES,
	PANEL_ROWS = 8		/* at once: 16 sums in registers */
};

/* The number of elements of a packed (k, m): m is rounded up. */
static inline size_t
nn_gemm_packed_len(size_t k, size_t m)
{
	return (m + PANEL - 1) / PANEL * PANEL * k;
}

/* Pack b (k, m), or the transpose of b (m, k), padded with columns of 0. */
void	nn_gemm_pack(nn_real *to, const nn_real *b, bool transposed, size_t k,
	    size_t m);

/* c[r] (m) = a[r] (k) b, or += if add, for n rows, each at its own address. */
void	nn_gemm_packed(nn_real *const *c, const nn_real *const *a, size_t n,
	    const nn_real *panels, size_t k, size_t m, bool add);

#endif
