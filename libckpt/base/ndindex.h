/* ndindex.h - step through the indices of an array of any rank */
#ifndef CKPT_NDINDEX_H
#define CKPT_NDINDEX_H

#include <stdint.h>

/*
 * Advance index to the next one in C order; the first follows the last. Returns
 * the change of offset in an array with these strides, modulo 2^64.
 */
static inline uint64_t
ckpt_ndindex_next(uint64_t *index, const uint64_t *dim, const uint64_t *stride,
    int rank)
{
	uint64_t change = 0;

	for (int i = rank; i-- > 0; ) {
		change += stride[i];
		if (++index[i] < dim[i])
			break;
		change -= stride[i] * dim[i];
		index[i] = 0;
	}
	return change;
}

#endif
