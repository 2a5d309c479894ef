/*
 * gguf.h - the GGUF format of llama.cpp: its row, and its tensor types
 *
 * Little-endian: "GGUF", version, counts of tensors and of metadata, the
 * metadata (key, type, value), a description of each tensor, padding, and the
 * tensors one after the other, each padded. Dimensions stand fastest first.
 * Specification: docs/gguf.md in ggml-org/ggml.
 */
#ifndef GGUF_H
#define GGUF_H

#include "format.h"

/* Elements are stored in blocks, those of the quantized types with scales. */
struct gguf_type {
	const char	*name;		/* "Q4_0" */
	enum ckpt_type	 type;		/* what it is read as */
	unsigned	 block, size;	/* elements, bytes */
	/* A block's values. NULL: stored as they are, or not understood
	 * (type is CKPT_OTHER). */
	void		(*unpack)(const unsigned char *block, float *y);
};

extern const struct ckpt_format ckpt_format_gguf;

/* gguf_quant.c: by the number in the file; NULL: none of that number. */
const struct gguf_type	*ckpt_gguf_type(uint32_t number);

#endif
