/*
 * rng.h - random numbers: each is a function of a seed, a purpose, a stream and
 * its index
 */
#ifndef NN_RNG_H
#define NN_RNG_H

#include "nn.h"

/* Each purpose has random numbers of its own. */
enum nn_purpose { NN_FOR_INIT = 1, NN_FOR_ORDER, NN_FOR_NOISE };

/* The i-th 32 random bits of a stream: word i % 4 of Philox (base/philox.h), of
 * which the key is the seed, the counter i / 4 (64 bits), stream, purpose. */
uint32_t nn_random(uint64_t seed, enum nn_purpose, uint32_t stream, uint64_t i);

/* The first n standard normal numbers of a stream, by the method of Box and
 * Muller (1958). */
void	nn_normal(nn_real *x, size_t n, uint64_t seed, enum nn_purpose,
	    uint32_t stream);

/* A random permutation of 0 ... n-1. */
void	nn_shuffle(int *order, size_t n, uint64_t seed, uint32_t stream);

/* The same permutation as torch.randperm(n) after torch.manual_seed(seed), and
 * as random.Random(seed).shuffle(list(range(n))) of Python. */
void	nn_torch_perm(int *order, size_t n, uint32_t seed);
void	nn_py_shuffle(int *order, size_t n, uint32_t seed);

#endif
