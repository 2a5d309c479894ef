/* number.c - numbers as text */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

void
ckpt_shortest_double(char s[32], double x, int digits)
{
	char text[32];

	do
		snprintf(text, sizeof text, "%.*g", digits, x);
	while (strtod(text, NULL) != x && ++digits <= 17);
	memcpy(s, text, sizeof text);
}

bool
ckpt_parse_number(const char *s, uint64_t *n)
{
	uint64_t x = 0;

	if (*s == 0 || (*s == '0' && s[1] != 0))
		return false;
	for (; *s; s++)
		if (*s < '0' || *s > '9' ||
		    __builtin_mul_overflow(x, 10, &x) ||
		    __builtin_add_overflow(x, *s - '0', &x))
			return false;
	*n = x;
	return x < 1ULL << 63;
}

bool
ckpt_parse_hash(const char *s, uint64_t *hash)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t x = 0;

	if (strlen(s) != 16)
		return false;
	for (; *s; s++) {
		const char *d = strchr(digits, *s);

		if (d == NULL)
			return false;
		x = x << 4 | (uint64_t)(d - digits);
	}
	*hash = x;
	return true;
}

void
ckpt_print_hash(char s[17], uint64_t hash)
{
	snprintf(s, 17, "%016" PRIx64, hash);
}
