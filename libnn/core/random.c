/* random.c - Philox: random numbers that are a function of what they are for */
#include <math.h>

#include "nn.h"

enum { ROUNDS = 10 };

void
nn_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
	uint32_t c0 = counter[0], c1 = counter[1];
	uint32_t c2 = counter[2], c3 = counter[3];
	uint32_t k0 = key[0], k1 = key[1];

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t a = (uint64_t)c0 * 0xd2511f53;
		uint64_t b = (uint64_t)c2 * 0xcd9e8d57;

		c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)b;
		c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)a;
		k0 += 0x9e3779b9;
		k1 += 0xbb67ae85;
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}

uint32_t
nn_random(uint64_t seed, enum nn_purpose purpose, uint32_t stream, uint64_t i)
{
	uint32_t counter[4] = { (uint32_t)(i / 4), (uint32_t)(i / 4 >> 32),
	    stream, purpose };
	uint32_t key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
	uint32_t out[4];

	nn_philox(out, counter, key);
	return out[i % 4];
}

void
nn_normal(nn_real *x, size_t n, uint64_t seed, enum nn_purpose purpose,
    uint32_t stream)
{
	uint32_t key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };

	for (size_t i = 0; i < n; i += 4) {
		uint32_t counter[4] = { (uint32_t)(i / 4),
		    (uint32_t)(i / 4 >> 32), stream, purpose };
		uint32_t bits[4];

		nn_philox(bits, counter, key);
		for (size_t j = 0; j < 4 && i + j < n; j++) {
			/* (0, 1]: its logarithm is finite */
			double u = (bits[j & 2] + 1.0) * 0x1p-32;
			double angle = 2 * M_PI * 0x1p-32 * bits[j | 1];

			x[i + j] = sqrt(-2 * log(u)) *
			    (j & 1 ? sin(angle) : cos(angle));
		}
	}
}

void
nn_shuffle(int *order, size_t n, uint64_t seed, uint32_t stream)
{
	uint64_t drawn = 0;

	for (size_t i = 0; i < n; i++)
		order[i] = (int)i;
	for (size_t i = n; i > 1; i--) {
		/* A range that i divides, so that all are equally likely. */
		uint64_t top = (1ULL << 32) / i * i;
		uint32_t z;
		int t;

		do
			z = nn_random(seed, NN_FOR_ORDER, stream, drawn++);
		while (z >= top);
		t = order[i - 1];
		order[i - 1] = order[z % i];
		order[z % i] = t;
	}
}
