/*
 * tensor_noise.h - random numbers of a tensor, from its name and a seed
 */
#ifndef NOISE_H
#define NOISE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Words i to i + 3 of Philox 4x32-10 for a name: the counter is i / 4 and the
 * name's FNV-1a hash, 64 bits each, low word first; the key is the seed. i is
 * a multiple of 4. cli_noise_stream gives the hash of purpose and name together.
 */
uint64_t cli_noise_stream(const char *purpose, const char *name);
void	cli_noise_words(uint32_t w[4], uint64_t seed, uint64_t stream, uint64_t i);

/*
 * Standard normal numbers i to i + n - 1 of a stream; i is a multiple of 4.
 * Words u, v give sqrt(-2 ln U) cos(2 pi V), and the same with sin, with
 * U = (u + 1) / 2^32, V = (v + 1) / 2^32; to 15 digits, and the same on any
 * processor, as nothing but sums, products, quotients and roots is in it.
 */
void	cli_noise_normal(double *x, uint64_t i, size_t n, uint64_t seed,
	    uint64_t stream);

#endif
