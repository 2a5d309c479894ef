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

#include "base/name_map.h"
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

/* What was read of the header. */
struct gguf_header {
	uint32_t	 alignment;
	struct ckpt_name_map keys;
	struct ckpt_buffer text;	/* the last string */
};

extern const struct ckpt_format ckpt_format_gguf;

/* gguf_metadata.c: read n bytes, numbers, a key or a name (with a NUL after it)
 * that what stands for, and n entries of metadata. 0, or -1 after ckpt_fail. */
int	ckpt_gguf_read_bytes(struct ckpt_file *, unsigned char *p, size_t n);
int	ckpt_gguf_read_u32(struct ckpt_file *, uint32_t *);
int	ckpt_gguf_read_u64(struct ckpt_file *, uint64_t *);
int	ckpt_gguf_read_name(struct ckpt_file *, struct ckpt_buffer *,
	    const char *what);
int	ckpt_gguf_read_metadata(struct ckpt_file *, struct gguf_header *,
	    uint64_t n);

/* gguf_quant.c: the type of that number, or NULL. */
const struct gguf_type	*ckpt_gguf_find_type(uint32_t number);

#endif
