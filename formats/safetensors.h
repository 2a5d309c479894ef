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

/* A tensor of the header. Its bytes are counted from the end of the header. */
struct safetensors_range {
	uint64_t	 begin, end;
	size_t		 at;		/* of its value, in the header */
	char		*name;
	enum ckpt_type	 type;
	bool		 given;		/* by next */
	uint64_t	 spooled;	/* place in the temporary file */
};

/* The tensors in the order of their bytes, and how far a pipe was read. */
struct safetensors_data {
	struct safetensors_range *range;
	size_t		 n, room;
	uint64_t	 start;		/* of the bytes, in the file */
	size_t		 arrived;	/* tensors, from a pipe */
	int		 spool;		/* the temporary file, or -1 */
	uint64_t	 spool_end;
};

extern const struct ckpt_format ckpt_format_safetensors;

/* safetensors_header.c: read the header: add its metadata as keys and ties, and
 * its tensors to the data, in the order of the header. 0 or -1. */
int	ckpt_safetensors_read_header(struct ckpt_file *, struct json_cursor *,
	    struct safetensors_data *);

/* Read the value of a tensor's name: type, dtype, rank, dim, len, size, and its
 * range. dtype is valid until the result is freed. NULL after ckpt_fail. */
json_t	*ckpt_safetensors_read_tensor(struct json_cursor *, const char *name,
	    struct ckpt_tensor *, struct safetensors_range *);

/* safetensors_order.c: the order in which n tensors, sorted by their bytes, are
 * given: an array of their numbers, freed by the caller. NULL if out of
 * memory. */
size_t	*ckpt_safetensors_sort(const struct safetensors_range *, size_t n);

/* Append the bytes of tensor i. 0, or -1 after ckpt_fail. */
int	ckpt_safetensors_load(struct ckpt_file *, struct safetensors_data *,
	    size_t i, struct ckpt_buffer *);

/* Move to the end, which must be that of the input. 0 or -1. */
int	ckpt_safetensors_skip_rest(struct ckpt_file *,
	    struct safetensors_data *);

/* safetensors_writer.c: the functions for writing of struct ckpt_format. */
int	ckpt_safetensors_create(struct ckpt_out *);
int	ckpt_safetensors_meta(struct ckpt_out *, const char *key,
	    const char *value);
int	ckpt_safetensors_put(struct ckpt_out *, const struct ckpt_tensor *);
int	ckpt_safetensors_tie(struct ckpt_out *, const char *name,
	    const char *target);
int	ckpt_safetensors_finish(struct ckpt_out *);
void	ckpt_safetensors_abandon(struct ckpt_out *);

#endif
