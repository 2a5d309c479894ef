/* top_k.c - the k largest magnitudes of a pool of numbers, exactly */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "top_k.h"

enum { BITS = 17, TOP = 63 - BITS };

static uint64_t
magnitude_key(double x)
{
	uint64_t key;

	memcpy(&key, &x, sizeof key);
	return key & INT64_MAX;		/* without its sign */
}

uint64_t
cli_top_share(double f, uint64_t n)
{
	/* rounding: 0.29 * 100 is less than 29 */
	return (uint64_t)floor(f * n + 1e-9);
}

void
cli_top_start(struct cli_top_k *s, uint64_t k)
{
	*s = (struct cli_top_k){ .left = k, .shift = TOP, .above = TOP + BITS,
	    .key = k > 0 ? 0 : UINT64_MAX, .more = k > 0 };
	s->count = cli_malloc(sizeof *s->count << BITS);
	memset(s->count, 0, sizeof *s->count << BITS);
}

void
cli_top_add(struct cli_top_k *s, const double *x, size_t n)
{
	uint64_t place = s->key >> s->above;

	for (size_t i = 0; i < n; i++) {
		uint64_t key = magnitude_key(x[i]);

		if (key >> s->above != place)
			continue;
		s->count[key >> s->shift & ((1 << BITS) - 1)]++;
		s->below |= key;
	}
}

void
cli_top_end(struct cli_top_k *s)
{
	uint64_t i = 1 << BITS;

	/* from the largest down, until enough are chosen */
	while (i > 1 && s->count[i - 1] < s->left)
		s->left -= s->count[--i];
	s->key |= (i - 1) << s->shift;
	s->more = (s->below & ((1ULL << s->shift) - 1)) != 0;
	if (!s->more)
		return;
	/* the last pass also counts by bits that are known already */
	s->above = s->shift;
	s->shift = s->shift > BITS ? s->shift - BITS : 0;
	s->below = 0;
	memset(s->count, 0, sizeof *s->count << BITS);
}

void
cli_top_take(struct cli_top_k *s, const double *x, size_t n,
    unsigned char *chosen)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t key = magnitude_key(x[i]);

		chosen[i] = key > s->key || (key == s->key && s->left > 0);
		if (key == s->key && s->left > 0)
			s->left--;
	}
}

void
cli_top_free(struct cli_top_k *s)
{
	free(s->count);
}
