/* record_header.h - the text header of a ckpt/1 record, read and written */
#ifndef CKPT_RECORD_HEADER_H
#define CKPT_RECORD_HEADER_H

#include "base/buffer.h"
#include "ckpt.h"

enum {
	HEAD_UNIT = 64,			/* headers and bodies are multiples */
	HEAD_MAX = 1 << 20,
	HEAD_LINE_MAX = 1 << 16,
	HEAD_KEYS_MAX = 4096,
	HEAD_KEY_MAX = 255
};

struct ckpt_header_key {
	const char	*name;
	const char	*value;		/* as written: escaped */
};

struct ckpt_header {
	struct ckpt_buffer	 raw;		/* the bytes, for hashing and copying */
	size_t		 line;		/* start of the line being read */
	struct ckpt_buffer	 text;		/* the same, cut into strings */
	char		 type[17];
	uint64_t	 size;		/* of the body */
	struct ckpt_header_key	*key;
	size_t		 keys, room;
};

/* What is wrong with a header. */
struct ckpt_header_fault {
	enum ckpt_kind	 kind;
	char		 text[200];
};

void	ckpt_header_clear(struct ckpt_header *);	/* ready for the next one */
void	ckpt_header_free(struct ckpt_header *);

/* Append the next HEAD_UNIT bytes. 1 if the header is complete, 0 if more are
 * needed, -1 with the fault. */
int	ckpt_header_add(struct ckpt_header *, const unsigned char *,
	    struct ckpt_header_fault *);

/* Split a complete header into its keys. 0, or -1 with the fault. */
int	ckpt_header_parse(struct ckpt_header *, struct ckpt_header_fault *);

/* The value of a key that may occur once, or NULL. */
const char	*ckpt_header_get(const struct ckpt_header *, const char *name);

/*
 * Append to b: the start of a header of a record whose body has this size; a
 * line, whose value is escaped or is so already; a line with a number; the
 * padding that ends the header that began at byte start. 0, or -1 if out of
 * memory.
 */
int	ckpt_header_begin(struct ckpt_buffer *b, const char *type,
	    uint64_t size);
int	ckpt_header_put(struct ckpt_buffer *b, const char *name,
	    const char *value);
int	ckpt_header_put_escaped(struct ckpt_buffer *b, const char *name,
	    const char *value);
int	ckpt_header_put_number(struct ckpt_buffer *b, const char *name,
	    uint64_t);
int	ckpt_header_end(struct ckpt_buffer *b, size_t start);

#endif
