/*
 * record_header.h - the text head of a ckpt/1 record, both ways
 *
 * Inside libckpt.
 */
#ifndef CKPT_HEAD_H
#define CKPT_HEAD_H

#include "base/buffer.h"
#include "ckpt.h"

enum {
	HEAD_UNIT = 64,			/* heads and bodies are multiples */
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

/* What went wrong with a head. */
struct ckpt_header_fault {
	enum ckpt_kind	 kind;
	char		 text[200];
};

void	ckpt_header_clear(struct ckpt_header *);	/* ready for the next one */
void	ckpt_header_free(struct ckpt_header *);

/* Add the next HEAD_UNIT bytes. 1 when the head is complete, 0 when it wants
 * more, -1 with the fault. */
int	ckpt_header_add(struct ckpt_header *, const unsigned char *, struct ckpt_header_fault *);

/* Take a complete head apart. 0 or -1. */
int	ckpt_header_parse(struct ckpt_header *, struct ckpt_header_fault *);

/* The value of a key that may occur once, or NULL. */
const char	*ckpt_header_get(const struct ckpt_header *, const char *name);

/* Start a head in b, add a line, end it. size is of the body. 0, or -1 when
 * memory is gone. ckpt_header_put escapes the value, ckpt_header_put_escaped has it as written. */
int	ckpt_header_begin(struct ckpt_buffer *b, const char *type, uint64_t size);
int	ckpt_header_put(struct ckpt_buffer *b, const char *name, const char *value);
int	ckpt_header_put_escaped(struct ckpt_buffer *b, const char *name, const char *value);
int	ckpt_header_put_number(struct ckpt_buffer *b, const char *name, uint64_t);
int	ckpt_header_end(struct ckpt_buffer *b, size_t start);

/* A number as the format writes it. False if s is not one below 2^63. */
bool	ckpt_parse_number(const char *s, uint64_t *);

/* Sixteen lower-case hexadecimal digits, both ways. */
bool	ckpt_parse_hash(const char *s, uint64_t *);
void	ckpt_print_hash(char s[17], uint64_t);

/* A value without its escapes, into b, with a NUL. 0, or -1 if it has an
 * escape that the format does not know (EINVAL) or memory is gone. */
int	ckpt_unescape(struct ckpt_buffer *b, const char *value);

/* Whether n bytes are UTF-8, and free of control characters. */
bool	ckpt_is_utf8(const char *, size_t n);
bool	ckpt_has_control(const char *, size_t n, bool tabs_too);

/* Control characters become '?': messages quote names from hostile files. */
void	ckpt_make_printable(char *s);

/* Whether s is a key: letters, digits and _ - . after a letter. */
bool	ckpt_is_key(const char *s);

#endif
