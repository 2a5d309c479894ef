/*
 * simd.h - vectors of eight doubles
 *
 * GCC's vector extensions, for loops that compilers do not vectorize well; a
 * vector that is wider than the processor's registers is split. Functions take
 * and return vectors by pointer only, as passing them by value depends on the
 * processor (-Wpsabi); operations on values are macros.
 */
#ifndef CKPT_SIMD_H
#define CKPT_SIMD_H

#include <stdint.h>

enum {
	SIMD_WIDTH = 8,
	SIMD_ALIGN = SIMD_WIDTH * sizeof(double)	/* in memory */
};

typedef double f64x8 __attribute__((vector_size(SIMD_ALIGN)));
typedef int64_t i64x8 __attribute__((vector_size(SIMD_ALIGN)));

/* The vector at the aligned address p. */
#define SIMD_LOAD(p) (*(const f64x8 *)(p))
#define SIMD_STORE(p, x) (*(f64x8 *)(p) = (x))

/* In each lane x where all bits of mask are set, y where none is. */
#define SIMD_SELECT(mask, x, y) \
	((f64x8)(((i64x8)(x) & (mask)) | ((i64x8)(y) & ~(mask))))

#define SIMD_ABS(x) ((f64x8)((i64x8)(x) & INT64_MAX))

/* n rounded up to whole vectors. */
#define SIMD_ROUND_UP(n) \
	(((size_t)(n) + SIMD_WIDTH - 1) / SIMD_WIDTH * SIMD_WIDTH)

#endif
