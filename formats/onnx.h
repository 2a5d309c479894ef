/*
 * onnx.h - ONNX: the initializers of a model
 *
 * An ONNX file is a protocol buffer: a ModelProto that contains a GraphProto
 * that contains TensorProtos. It is read field by field, so that it can be a
 * pipe and values are read into their place; a parser of whole messages would
 * hold all of them, twice. Field numbers are those of onnx.proto3
 * (github.com/onnx/onnx).
 */
#ifndef CKPT_ONNX_H
#define CKPT_ONNX_H

#include "protobuf.h"

/* A TensorProto. */
struct onnx_tensor {
	struct ckpt_tensor t;
	char		*name;
	uint32_t	 type;		/* data_type */
	struct ckpt_buffer values;	/* packed typed values, or raw ones
					 * that precede the name */
	uint32_t	 field;		/* the field of the values, or 0 */
	bool		 in_place;	/* raw values are in the input, */
	uint64_t	 from;		/* from this byte on */
	char		*file;		/* or in this file, */
	uint64_t	 offset, length;	/* there; UINT64_MAX: unknown */
};

/* onnx_tensor.c: read what precedes the values of a message that ends at end;
 * the values; what follows the values. 0 or -1. */
int	ckpt_onnx_read_header(struct ckpt_rd *, struct ckpt_input *,
	    uint64_t end, struct onnx_tensor *);
int	ckpt_onnx_load_values(struct ckpt_file *, struct onnx_tensor *,
	    struct ckpt_buffer *);
int	ckpt_onnx_skip_rest(struct ckpt_rd *, struct ckpt_input *,
	    uint64_t end, const struct onnx_tensor *);
void	ckpt_onnx_free_tensor(struct onnx_tensor *);

extern const struct ckpt_format ckpt_format_onnx;

#endif
