/* philox.h - Philox 4x32-10, a counter-based generator of random numbers */
#ifndef CKPT_PHILOX_H
#define CKPT_PHILOX_H

#include <stdint.h>

/*
 * Four random words from a key and a counter of 128 bits (Salmon et al. 2011).
 * The upper half of the counter numbers independent streams, the lower half
 * the blocks of four words in one.
 */
void	ckpt_philox(uint32_t out[4], uint64_t key, uint64_t stream,
	    uint64_t block);

#endif
