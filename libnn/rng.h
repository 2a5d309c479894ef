/* rng.h - random numbers, each a function of a seed and what it is for */
#ifndef NN_RNG_H
#define NN_RNG_H

#include "nn.h"

/* What a random number is for; each purpose has numbers of its own. */
enum nn_purpose { NN_FOR_INIT = 1, NN_FOR_ORDER, NN_FOR_NOISE };

/* The i-th 32 random bits of a stream: word i % 4 of Philox (base/philox.h)
 * with the seed as its key, at the counter i / 4 (64 bits), stream, purpose. */
uint32_t nn_random(uint64_t seed, enum nn_purpose, uint32_t stream, uint64_t i);

/* Normal numbers, mean 0 and deviation 1, the first to the n-th of a stream:
 * numbers 2 k and 2 k + 1 are Box and Muller's (1958) of its random bits. */
void	nn_normal(nn_real *x, size_t n, uint64_t seed, enum nn_purpose,
	    uint32_t stream);

/* 0 ... n-1 shuffled into order, evenly. */
void	nn_shuffle(int *order, size_t n, uint64_t seed, uint32_t stream);

/* torch.randperm(n) after manual_seed(seed); random.Random(seed).shuffle of
 * 0 ... n-1. For splits that must be those of others. */
void	nn_torch_perm(int *order, size_t n, uint32_t seed);
void	nn_py_shuffle(int *order, size_t n, uint32_t seed);

#endif
