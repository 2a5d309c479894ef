/*
 * tensor_noise.c - normal random numbers for a tensor, from its name and a seed
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/philox.h"
#include "tensor_noise.h"

uint64_t
cli_noise_stream(const char *purpose, const char *name)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *purpose; purpose++)
		h = (h ^ (unsigned char)*purpose) * 0x100000001b3;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3;
	return h;
}

/* ln(k / 2^32), 1 <= k <= 2^32. */
static double
compute_log(uint64_t k)
{
	double x = (double)k / 0x1p32, s, z, sum = 0;
	uint64_t bits;
	int64_t e;
	bool half;

	/* x = m 2^e, with m from sqrt(1/2) to sqrt(2) */
	memcpy(&bits, &x, sizeof bits);
	e = (int64_t)(bits >> 52) - 1023;
	bits = (bits & 0xfffffffffffff) | 1023ULL << 52;
	memcpy(&x, &bits, sizeof x);
	half = x > M_SQRT2;
	x = half ? x / 2 : x;
	e += half;
	/* ln m = 2 artanh s */
	s = (x - 1) / (x + 1);
	z = s * s;
	for (int i = 21; i >= 1; i -= 2)
		sum = sum * z + 1.0 / i;
	return e * M_LN2 + 2 * s * sum;
}

/* cos and sin of 2 pi k / 2^32, 1 <= k <= 2^32. */
static void
compute_cos_sin(uint64_t k, double *cosine, double *sine)
{
	uint64_t quarter = (k + (1 << 29)) >> 30;
	/* the angle from the nearest axis, at most pi / 4 */
	double t = (double)((int64_t)k - (int64_t)(quarter << 30)) *
	    (2 * M_PI / 0x1p32);
	double z = t * t, c = 1, s = 1;

	for (int i = 16; i >= 2; i -= 2) {
		c = 1 - c * z / (i * (i - 1));
		s = 1 - s * z / (i * (i + 1));
	}
	s *= t;
	*cosine = quarter & 1 ? s : c;
	*sine = quarter & 1 ? c : s;
	if ((quarter + 1) & 2)
		*cosine = -*cosine;
	if (quarter & 2)
		*sine = -*sine;
}

void
cli_noise_normal(double *x, uint64_t i, size_t n, uint64_t seed,
    uint64_t stream)
{
	enum { BLOCK = 256 };	/* a constant length, to be vectorized */
	double y[BLOCK];
	uint32_t w[BLOCK];

	for (size_t at = 0; at < n; at += BLOCK) {
		size_t count = n - at < BLOCK ? n - at : BLOCK;

		for (size_t k = 0; k < count; k += 4)
			ckpt_philox(w + k, seed, stream, (i + at + k) / 4);
		for (size_t k = count; k < BLOCK; k++)
			w[k] = 0;
		for (size_t k = 0; k < BLOCK; k += 2) {
			double r = sqrt(-2 * compute_log(w[k] + 1ULL)), c, s;

			compute_cos_sin(w[k + 1] + 1ULL, &c, &s);
			y[k] = r * c;
			y[k + 1] = r * s;
		}
		memcpy(x + at, y, count * sizeof *y);
	}
}
