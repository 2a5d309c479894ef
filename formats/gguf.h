/*
 * gguf.h - the GGUF format of llama.cpp, and its tensor types
 *
 * Little-endian: "GGUF", version, number of tensors and of metadata entries,
 * the metadata (key, type, value), a description of each tensor, padding, and
 * the tensors, each padded. Dimensions are stored fastest first.
 * Specification: docs/gguf.md in ggml-org/ggml.
 */
#ifndef CKPT_GGUF_H
#define CKPT_GGUF_H

#include "format.h"

/* Elements are stored in blocks; those of quantized types have scales. */
struct gguf_type {
	const char	*name;		/* "Q4_0" */
	enum ckpt_type	 type;		/* after dequantization */
	unsigned	 block, size;	/* elements, bytes */
	/* Dequantize a block. NULL: not quantized, or not supported (type is
	 * CKPT_OTHER). */
	void		(*unpack)(const unsigned char *block, float *y);
};

extern const struct ckpt_format ckpt_format_gguf;

/* gguf_quant.c: the type of that number, or NULL. */
const struct gguf_type	*ckpt_gguf_find_type(uint32_t number);

#endif
