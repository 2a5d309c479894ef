/* noise.c - random numbers of a tensor, from its name and a seed */
#include <math.h>

#include "nn.h"
#include "noise.h"

uint64_t
noise_stream(const char *purpose, const char *name)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *purpose; purpose++)
		h = (h ^ (unsigned char)*purpose) * 0x100000001b3;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3;
	return h;
}

void
noise_words(uint32_t w[4], uint64_t seed, uint64_t stream, uint64_t i)
{
	uint32_t counter[4] = { (uint32_t)(i / 4), (uint32_t)(i / 4 >> 32),
	    (uint32_t)stream, (uint32_t)(stream >> 32) };
	uint32_t key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };

	nn_philox(w, counter, key);
}

void
noise_normal(double *x, size_t n, uint64_t seed, const char *name)
{
	uint64_t stream = noise_stream("", name);
	uint32_t w[4];

	for (size_t i = 0; i < n; i += 2) {
		double r, phi;

		if (i % 4 == 0)
			noise_words(w, seed, stream, i);
		r = sqrt(-2 * log((w[i % 4] + 1.0) / 0x1p32));
		phi = 2 * M_PI * ((w[i % 4 + 1] + 1.0) / 0x1p32);
		x[i] = r * cos(phi);
		if (i + 1 < n)
			x[i + 1] = r * sin(phi);
	}
}
