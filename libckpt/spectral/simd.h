/*
 * simd.h - eight doubles at a time
 *
 * GCC's vectors: what the processor does not have it does in parts. They are
 * used where a loop of plain C stays far from the speed of the machine.
 */
#ifndef CKPT_LANES_H
#define CKPT_LANES_H

#include <stdint.h>

enum { LANES = 8 };

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t bits __attribute__((vector_size(LANES * sizeof(double))));

/* Memory of lanes is aligned so. */
enum { ALIGNED = LANES * sizeof(double) };

/* The lanes at p, to be read or written. */
#define AT(p) (*(lanes *)(p))
#define GET(p) (*(const lanes *)(p))

/* n, or a little more: whole lanes. */
#define WHOLE(n) (((size_t)(n) + LANES - 1) / LANES * LANES)

#endif
