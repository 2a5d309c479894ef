/*
 * encoding.h - the encodings of ckpt/1 bodies: byte planes and differences
 *
 * Inside libckpt.
 */
#ifndef CKPT_ENCODING_H
#define CKPT_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

enum {
	ENC_SPLIT = 1, ENC_XOR = 2,
	CHUNK = 1 << 20,		/* what our writer cuts bodies into */
	CHUNK_MIN = 1 << 12, CHUNK_MAX = 1 << 26,
	CHAIN_MAX = 4095		/* xor upon xor */
};

/* n bytes of elements of size bytes each, n a multiple of size: byte 0 of
 * every element, then byte 1, and so on; and back. */
void	ckpt_split_planes(unsigned char *planes, const unsigned char *raw,
	    size_t n,
	    size_t size);
void	ckpt_join_planes(unsigned char *raw, const unsigned char *planes,
	    size_t n,
	    size_t size);

void	ckpt_xor_bytes(unsigned char *a, const unsigned char *b, size_t n);

/* Whether byte planes would help: not when most elements are zero, since
 * zstd finds long runs better unsplit. */
bool	ckpt_split_helps(const unsigned char *raw, size_t n, size_t size);

/* Whether n stored bytes repeat themselves: one in 32 of their words of 8
 * bytes stood there before. */
bool	ckpt_has_repeats(const unsigned char *, size_t n);

#endif
