/*
 * safetensors.h - the safetensors format
 *
 * A file is the length of the header (8 bytes, little-endian), the header in
 * JSON, and the tensors without gaps:
 *
 *   {"__metadata__": {"key": "text"},
 *    "fc.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
 */
#ifndef CKPT_SAFETENSORS_H
#define CKPT_SAFETENSORS_H

#include "json_cursor.h"

enum { ST_HEADER_MAX = 100000000 };	/* as in the reference reader */

#define ST_METADATA "__metadata__"
#define ST_STEP "step"			/* a key of metadata */
#define ST_PREFIX "safetensors."	/* for other keys without a dot */

/* The range of a tensor's bytes, after the header; at: its name, in the
 * header. */
struct safetensors_range { uint64_t begin, end; size_t at; };

extern const struct ckpt_format ckpt_format_safetensors;

/* safetensors_header.c: read the header: add its metadata as keys, and a struct
 * safetensors_range to ranges for each tensor. 0 or -1. */
int	ckpt_safetensors_read_header(struct ckpt_file *, struct json_cursor *,
	    struct ckpt_buffer *ranges);

/* Read the value of a tensor's name: type, dtype, rank, dim, len, size, and its
 * range. dtype is valid until the result is freed. NULL after ckpt_fail. */
json_t	*ckpt_safetensors_read_tensor(struct json_cursor *, const char *name,
	    struct ckpt_tensor *, struct safetensors_range *);

/* safetensors_writer.c: the functions for writing of struct ckpt_format. */
int	ckpt_safetensors_create(struct ckpt_out *);
int	ckpt_safetensors_meta(struct ckpt_out *, const char *key,
	    const char *value);
int	ckpt_safetensors_put(struct ckpt_out *, const struct ckpt_tensor *);
int	ckpt_safetensors_finish(struct ckpt_out *);
void	ckpt_safetensors_abandon(struct ckpt_out *);

#endif
