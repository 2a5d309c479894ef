/*
 * safetensors.h - the safetensors format: its row, and what its parts share
 *
 * A file is a length (8 bytes, little-endian), a header in JSON of that many
 * bytes, and the tensors without gaps:
 *
 *   {"__metadata__": {"key": "text"},
 *    "fc.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
 */
#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include "json_cursor.h"

enum { ST_HEADER_MAX = 100000000 };	/* what the reference reader allows */

#define ST_METADATA "__metadata__"
#define ST_STEP "step"			/* in the metadata: ours */
#define ST_PREFIX "safetensors."	/* of metadata keys without a dot */

/* Where a tensor's bytes lie after the header, and its name in the header. */
struct safetensors_range { uint64_t begin, end; size_t at; };

extern const struct ckpt_format ckpt_format_safetensors;

/* safetensors_header.c: the whole header. Tells the metadata and adds a struct
 * st_part to parts for each tensor. 0 or -1. */
int	ckpt_safetensors_header(struct ckpt_file *, struct json_cursor *, struct ckpt_buffer *parts);

/* The tensor whose value w is at: type, dtype, rank, dim, len, size, and its
 * place. dtype lives as long as what is returned; NULL: failed. */
json_t	*ckpt_safetensors_tensor(struct json_cursor *, const char *name, struct ckpt_tensor *,
	    struct safetensors_range *);

/* safetensors_writer.c: the writing half of the row. */
int	ckpt_safetensors_create(struct ckpt_out *);
int	ckpt_safetensors_meta(struct ckpt_out *, const char *key, const char *value);
int	ckpt_safetensors_put(struct ckpt_out *, const struct ckpt_tensor *);
int	ckpt_safetensors_finish(struct ckpt_out *);
void	ckpt_safetensors_abandon(struct ckpt_out *);

#endif
