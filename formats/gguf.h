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

#define GGUF_STEP "ckpt.step"		/* the step, in files that we write */
#define GGUF_PREFIX "gguf."		/* for other keys without a dot */

enum {
	GGUF_RANK = 4,			/* a limit of ggml */
	GGUF_ALIGNMENT = 32		/* unless general.alignment says so */
};

/* The types of metadata. */
enum gguf_value {
	GGUF_U8, GGUF_I8, GGUF_U16, GGUF_I16, GGUF_U32, GGUF_I32, GGUF_F32,
	GGUF_BOOL, GGUF_STRING, GGUF_ARRAY, GGUF_U64, GGUF_I64, GGUF_F64,
	GGUF_TYPES
};

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

/* A real number with the digits of its precision, and a point or an
 * exponent. */
enum { GGUF_NUMBER = 40 };
void	ckpt_gguf_format_real(char out[GGUF_NUMBER], double x, bool single);

/* gguf_quant.c: the type of that number, or NULL; and the number of the type
 * that stores elements as they are, or -1. */
const struct gguf_type	*ckpt_gguf_find_type(uint32_t number);
int	ckpt_gguf_find_number(enum ckpt_type);

/* gguf_writer.c: the functions for writing of struct ckpt_format. */
int	ckpt_gguf_create(struct ckpt_out *);
int	ckpt_gguf_meta(struct ckpt_out *, const char *key, const char *value);
int	ckpt_gguf_put(struct ckpt_out *, const struct ckpt_tensor *);
int	ckpt_gguf_finish(struct ckpt_out *);
void	ckpt_gguf_abandon(struct ckpt_out *);

#endif
