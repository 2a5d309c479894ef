/* protobuf.h - protocol buffers: read a message field by field */
#ifndef CKPT_PROTOBUF_H
#define CKPT_PROTOBUF_H

#include "format.h"

/* A field of a message: its number, and how its value is encoded. */
struct protobuf_field {
	uint32_t	 field;
	enum { PB_VARINT, PB_FIXED64, PB_BYTES, PB_FIXED32 = 5 } wire;
	uint64_t	 value;		/* a number, or the number of bytes */
};

/*
 * The next field of a message that ends at byte end of the input (UINT64_MAX:
 * at its end). If it is bytes, the first of them is next in the input. 1, 0 at
 * the end, -1 after ckpt_fail.
 */
int	ckpt_protobuf_next_field(struct ckpt_rd *, struct ckpt_input *,
	    uint64_t end, struct protobuf_field *);

/* Skip the bytes of a field. 0 or -1. */
int	ckpt_protobuf_skip_field(struct ckpt_rd *, struct ckpt_input *,
	    const struct protobuf_field *);

/* Read the bytes of a field as a string, which the caller frees. NULL after
 * ckpt_fail. */
char	*ckpt_protobuf_read_text(struct ckpt_rd *, struct ckpt_input *,
	    const struct protobuf_field *);

/* Read a StringStringEntryProto that ends at end. The caller frees *key and
 * *value, which may be NULL. 0 or -1. */
int	ckpt_protobuf_read_entry(struct ckpt_rd *, struct ckpt_input *,
	    uint64_t end, char **key, char **value);

/* The next of the packed numbers at *p, which is advanced; false at the end. */
bool	ckpt_protobuf_parse_varint(const unsigned char **p,
	    const unsigned char *end, uint64_t *x);

#endif
