/* tensor_noise.c - random numbers of a tensor, from its name and a seed */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "nn.h"
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

void
cli_noise_words(uint32_t w[4], uint64_t seed, uint64_t stream, uint64_t i)
{
	uint32_t counter[4] = { (uint32_t)(i / 4), (uint32_t)(i / 4 >> 32),
	    (uint32_t)stream, (uint32_t)(stream >> 32) };
	uint32_t key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };

	nn_philox(w, counter, key);
}

/* ln(k / 2^32) for k from 1 to 2^32. */
static double
log_of(uint64_t k)
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

/* cos and sin of 2 pi k / 2^32 for k from 1 to 2^32. */
static void
circle(uint64_t k, double *cosine, double *sine)
{
	uint64_t quarter = (k + (1 << 29)) >> 30;
	/* the angle to the nearest axis: at most pi / 4 */
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
cli_noise_normal(double *x, uint64_t i, size_t n, uint64_t seed, uint64_t stream)
{
	enum { PART = 256 };		/* in a loop that becomes vectors */
	double y[PART];
	uint32_t w[PART];

	for (size_t at = 0; at < n; at += PART) {
		size_t some = n - at < PART ? n - at : PART;

		for (size_t k = 0; k < some; k += 4)
			cli_noise_words(w + k, seed, stream, i + at + k);
		for (size_t k = some; k < PART; k++)
			w[k] = 0;
		for (size_t k = 0; k < PART; k += 2) {
			double r = sqrt(-2 * log_of(w[k] + 1ULL)), c, s;

			circle(w[k + 1] + 1ULL, &c, &s);
			y[k] = r * c;
			y[k + 1] = r * s;
		}
		memcpy(x + at, y, some * sizeof *y);
	}
}
