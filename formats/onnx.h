/*
 * onnx.h - ONNX: the initializers of a model
 *
 * A protocol buffer: ModelProto has a GraphProto, that has TensorProtos, each
 * nested in the other by its length. We walk over the fields as they come, so
 * that a model streams, and a tensor's bytes are read into their place; a
 * parser of whole messages would hold all of it, twice. Field numbers are
 * those of onnx.proto3 (github.com/onnx/onnx).
 */
#ifndef ONNX_H
#define ONNX_H

#include "format.h"

/* A field of a message: its number, and how its value is encoded. */
struct protobuf_field {
	uint32_t	 field;
	enum { PB_VARINT, PB_FIXED64, PB_BYTES, PB_FIXED32 = 5 } wire;
	uint64_t	 value;		/* of a number; of bytes, how many */
};

/*
 * protobuf.c: the next field of a message that ends at byte end of the
 * input (UINT64_MAX: with the input). Of bytes, in is at the first. 1, 0 at
 * the end, -1 after ckpt_fail.
 */
int	ckpt_protobuf_next(struct ckpt_rd *, struct ckpt_input *, uint64_t end, struct protobuf_field *);

/* Pass over the bytes of a field; take them as a text, the caller's to free
 * (NULL: failed). */
int	ckpt_protobuf_skip(struct ckpt_rd *, struct ckpt_input *, const struct protobuf_field *);
char	*ckpt_protobuf_text(struct ckpt_rd *, struct ckpt_input *, const struct protobuf_field *);

/* A StringStringEntryProto that ends at end: both the caller's to free, NULL
 * where the entry has none. 0 or -1. */
int	ckpt_protobuf_entry(struct ckpt_rd *, struct ckpt_input *, uint64_t end, char **key,
	    char **value);

/* The next number of those packed at *p, which moves: false past the end. */
bool	ckpt_protobuf_varint(const unsigned char **p, const unsigned char *end,
	    uint64_t *x);

/* A TensorProto. */
struct onnx_tensor {
	struct ckpt_tensor	 t;
	char		*name;
	uint32_t	 type;		/* its number in the file */
	struct ckpt_buffer	 values;	/* typed ones, packed, or raw ones that
					 * came before the name */
	uint32_t	 field;		/* which values these are; 0: none */
	bool		 here;		/* raw ones wait in the input, */
	uint64_t	 from;		/* from this byte on */
	char		*file;		/* or in this file, */
	uint64_t	 offset, length;	/* there; UINT64_MAX: not told */
};

/* onnx_tensor.c: what precedes the values, of a message that ends at end; the
 * values; and from wherever those ended, or began, to the end. 0 or -1. */
int	ckpt_onnx_header(struct ckpt_rd *, struct ckpt_input *, uint64_t end,
	    struct onnx_tensor *);
int	ckpt_onnx_load(struct ckpt_file *, struct onnx_tensor *, struct ckpt_buffer *);
int	ckpt_onnx_rest(struct ckpt_rd *, struct ckpt_input *, uint64_t end,
	    const struct onnx_tensor *);
void	ckpt_onnx_free(struct onnx_tensor *);

extern const struct ckpt_format ckpt_format_onnx;

#endif
