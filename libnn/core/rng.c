/* rng.c - random bits, normal numbers and permutations from Philox */
#include <math.h>

#include "base/philox.h"
#include "rng.h"

/* The stream of Philox for a purpose. */
static uint64_t
philox_stream(enum nn_purpose purpose, uint32_t stream)
{
	return (uint64_t)purpose << 32 | stream;
}

uint32_t
nn_random(uint64_t seed, enum nn_purpose purpose, uint32_t stream, uint64_t i)
{
	uint32_t bits[4];

	ckpt_philox(bits, seed, philox_stream(purpose, stream), i / 4);
	return bits[i % 4];
}

void
nn_normal(nn_real *x, size_t n, uint64_t seed, enum nn_purpose purpose,
    uint32_t stream)
{
	for (size_t i = 0; i < n; i += 4) {
		uint32_t bits[4];

		ckpt_philox(bits, seed, philox_stream(purpose, stream), i / 4);
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
		/* Rejection above a multiple of i leaves no bias. */
		uint64_t limit = (1ULL << 32) / i * i;
		uint32_t z;
		int t;

		do
			z = nn_random(seed, NN_FOR_ORDER, stream, drawn++);
		while (z >= limit);
		t = order[i - 1];
		order[i - 1] = order[z % i];
		order[z % i] = t;
	}
}
