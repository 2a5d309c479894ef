/* endian.h - byte order: load and store integers, reverse elements */
#ifndef CKPT_ENDIAN_H
#define CKPT_ENDIAN_H

#include <stddef.h>
#include <stdint.h>

static inline unsigned
load_le16(const unsigned char *p)
{
	return p[0] | p[1] << 8;
}

static inline uint32_t
load_le32(const unsigned char *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t
load_le64(const unsigned char *p)
{
	return load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

static inline uint32_t
load_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static inline void
store_le16(unsigned char *p, uint16_t x)
{
	p[0] = (unsigned char)x;
	p[1] = (unsigned char)(x >> 8);
}

static inline void
store_le32(unsigned char *p, uint32_t x)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(x >> 8 * i);
}

static inline void
store_le64(unsigned char *p, uint64_t x)
{
	store_le32(p, (uint32_t)x);
	store_le32(p + 4, (uint32_t)(x >> 32));
}

/* Reverse the bytes of each element of that size, in n bytes. */
static inline void
reverse_elements(unsigned char *p, uint64_t n, size_t size)
{
	for (unsigned char *end = p + n; size > 1 && p < end; p += size)
		for (size_t i = 0; i < size / 2; i++) {
			unsigned char c = p[i];

			p[i] = p[size - 1 - i];
			p[size - 1 - i] = c;
		}
}

#endif
