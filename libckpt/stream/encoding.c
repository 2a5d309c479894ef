/* encoding.c - the encodings of ckpt/1 bodies: byte planes and differences */
#include <stdint.h>
#include <string.h>

#include "encoding.h"

/*
 * The two common sizes have loops that compilers turn into vector code; the
 * general loop serves the rest. Elements are read as little-endian numbers.
 */
static void
split_pairs(unsigned char *restrict p, const uint16_t *restrict s, size_t n)
{
	unsigned char *restrict q = p + n;

	for (size_t i = 0; i < n; i++) {
		p[i] = (unsigned char)s[i];
		q[i] = (unsigned char)(s[i] >> 8);
	}
}

static void
split_quads(unsigned char *restrict p0, const uint32_t *restrict s, size_t n)
{
	unsigned char *restrict p1 = p0 + n, *restrict p2 = p1 + n;
	unsigned char *restrict p3 = p2 + n;

	for (size_t i = 0; i < n; i++) {
		p0[i] = (unsigned char)s[i];
		p1[i] = (unsigned char)(s[i] >> 8);
		p2[i] = (unsigned char)(s[i] >> 16);
		p3[i] = (unsigned char)(s[i] >> 24);
	}
}

static void
join_pairs(uint16_t *restrict d, const unsigned char *restrict p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i] = (uint16_t)(p[i] | p[n + i] << 8);
}

static void
join_quads(uint32_t *restrict d, const unsigned char *restrict p, size_t n)
{
	const unsigned char *restrict p1 = p + n, *restrict p2 = p1 + n;
	const unsigned char *restrict p3 = p2 + n;

	for (size_t i = 0; i < n; i++)
		d[i] = p[i] | p1[i] << 8 | p2[i] << 16 | (uint32_t)p3[i] << 24;
}

void
ckpt_split_planes(unsigned char *planes, const unsigned char *raw, size_t n,
    size_t size)
{
	size_t count = n / size;

	if (size == 2 && (uintptr_t)raw % 2 == 0)
		split_pairs(planes, (const uint16_t *)raw, count);
	else if (size == 4 && (uintptr_t)raw % 4 == 0)
		split_quads(planes, (const uint32_t *)raw, count);
	else
		for (size_t b = 0; b < size; b++)
			for (size_t i = 0; i < count; i++)
				*planes++ = raw[i * size + b];
}

void
ckpt_join_planes(unsigned char *raw, const unsigned char *planes, size_t n,
    size_t size)
{
	size_t count = n / size;

	if (size == 2 && (uintptr_t)raw % 2 == 0)
		join_pairs((uint16_t *)raw, planes, count);
	else if (size == 4 && (uintptr_t)raw % 4 == 0)
		join_quads((uint32_t *)raw, planes, count);
	else
		for (size_t b = 0; b < size; b++)
			for (size_t i = 0; i < count; i++)
				raw[i * size + b] = *planes++;
}

void
ckpt_xor_bytes(unsigned char *a, const unsigned char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		a[i] ^= b[i];
}

bool
ckpt_split_helps(const unsigned char *raw, size_t n, size_t size)
{
	static const unsigned char zero[16];
	size_t zeros = 0, count = n / size;

	if (size < 2)
		return false;
	for (size_t i = 0; i < count; i++)
		zeros += memcmp(raw + i * size, zero, size) == 0;
	return zeros <= count / 2;
}

bool
ckpt_has_repeats(const unsigned char *p, size_t n)
{
	enum { BITS = 12, SAMPLE = 4 };
	uint64_t last[1 << BITS] = { 0 }, word;
	size_t seen = 0, again = 0;

	for (size_t i = 0; i + sizeof word <= n; i += sizeof word) {
		uint64_t hash, *slot;

		memcpy(&word, p + i, sizeof word);
		hash = word * 0x9E3779B97F4A7C15;	/* Fibonacci hashing */
		/* one word in 16, chosen by content, so that a small table
		 * reaches far back */
		if (hash >> (64 - SAMPLE) != 0)
			continue;
		slot = &last[hash >> (64 - SAMPLE - BITS)];
		seen++;
		again += *slot == word;
		*slot = word;
	}
	return again > seen / 32;
}
