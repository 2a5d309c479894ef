/* encoding.h - the encodings of ckpt/1 bodies: byte planes and differences */
#ifndef CKPT_ENCODING_H
#define CKPT_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

enum {
	ENC_SPLIT = 1, ENC_XOR = 2,
	CHUNK = 1 << 20,		/* of the bodies that we write */
	CHUNK_MIN = 1 << 12, CHUNK_MAX = 1 << 26,
	CHAIN_MAX = 4095		/* differences to differences */
};

/* Byte planes of n bytes of elements of size bytes, n a multiple of size: byte
 * 0 of every element, then byte 1, and so on. Join is the inverse. */
void	ckpt_split_planes(unsigned char *planes, const unsigned char *raw,
	    size_t n, size_t size);
void	ckpt_join_planes(unsigned char *raw, const unsigned char *planes,
	    size_t n, size_t size);

void	ckpt_xor_bytes(unsigned char *a, const unsigned char *b, size_t n);

/* Do byte planes compress better? Not if most elements are zero, since zstd
 * finds long runs better in the elements themselves. */
bool	ckpt_split_helps(const unsigned char *raw, size_t n, size_t size);

/* Does zstd have repeats to find: has one in 32 of the 8-byte words occurred
 * before? */
bool	ckpt_has_repeats(const unsigned char *, size_t n);

#endif
