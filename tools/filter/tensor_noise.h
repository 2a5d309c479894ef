/*
 * tensor_noise.h - normal random numbers for a tensor, from its name and a seed
 */
#ifndef TENSOR_NOISE_H
#define TENSOR_NOISE_H

#include <stddef.h>
#include <stdint.h>

/* The stream of Philox (base/philox.h) for a tensor: the 64-bit FNV-1a hash of
 * purpose and name, concatenated. */
uint64_t cli_noise_stream(const char *purpose, const char *name);

/*
 * Standard normal numbers i to i + n - 1 of a stream; i is a multiple of 4.
 * Words u, v give sqrt(-2 ln U) cos(2 pi V), and the same with sin, with
 * U = (u + 1) / 2^32, V = (v + 1) / 2^32 (Box and Muller 1958). The results are
 * accurate to 15 digits and equal on all processors, as they are computed from
 * +, -, *, / and sqrt alone.
 */
void	cli_noise_normal(double *x, uint64_t i, size_t n, uint64_t seed,
	    uint64_t stream);

#endif
