/*
 * gemm_packed.h - products with one small matrix that is used again and again
 *
 * A recurrent layer multiplies a few rows by the same weights at every step.
 * Packed once into panels of PANEL columns, whose rows follow one another, they
 * are read in order and from the cache, which takes half the time of a general
 * product: that would pack them anew at each step. Each row of the result is
 * summed in one order, whatever rows are beside it.
 */
#ifndef NN_PANEL_H
#define NN_PANEL_H

#include "core/tape.h"

/* The vectors of this processor, of elements that need no alignment. */
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
	PANEL_ROWS = 8		/* that go together: 16 sums in registers */
};

/* How many elements the panels of a (k, m) have: m is rounded up. */
static inline size_t
nn_gemm_packed_len(size_t k, size_t m)
{
	return (m + PANEL - 1) / PANEL * PANEL * k;
}

/* Pack b (k, m), or its transpose (m, k); columns beyond m are 0. */
void	nn_gemm_pack(nn_real *to, const nn_real *b, bool transposed, size_t k,
	    size_t m);

/*
 * c[r] (m) = a[r] (k) b for n rows wherever they are, or += that.
 * ROWS that are not there may be NULL in c, never in a.
 */
void	nn_gemm_packed(nn_real *const *c, const nn_real *const *a, size_t n,
	    const nn_real *panels, size_t k, size_t m, bool add);

#endif
