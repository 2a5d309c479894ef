/* philox.c - Philox 4x32-10, a counter-based generator of random numbers */
#include "philox.h"

enum { ROUNDS = 10 };

void
ckpt_philox(uint32_t out[4], uint64_t key, uint64_t stream, uint64_t block)
{
	uint32_t c0 = (uint32_t)block, c1 = (uint32_t)(block >> 32);
	uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
	uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);

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
