/*
 * record_header.h - the text head of a ckpt/1 record, both ways
 *
 * Inside libckpt.
 */
#ifndef CKPT_HEAD_H
#define CKPT_HEAD_H

#include "base/input.h"
#include "ckpt.h"

enum {
	HEAD_UNIT = 64,			/* heads and bodies are multiples */
	HEAD_MAX = 1 << 20,
	HEAD_LINE_MAX = 1 << 16,
	HEAD_KEYS_MAX = 4096,
	HEAD_KEY_MAX = 255
};

struct key {
	const char	*name;
	const char	*value;		/* as written: escaped */
};

struct head {
	struct buf	 raw;		/* the bytes, for hashing and copying */
	size_t		 line;		/* start of the line being read */
	struct buf	 text;		/* the same, cut into strings */
	char		 type[17];
	uint64_t	 size;		/* of the body */
	struct key	*key;
	size_t		 keys, room;
};

/* What went wrong with a head. */
struct head_fault {
	enum ckpt_kind	 kind;
	char		 text[200];
};

void	head_clear(struct head *);	/* ready for the next one */
void	head_free(struct head *);

/* Add the next HEAD_UNIT bytes. 1 when the head is complete, 0 when it wants
 * more, -1 with the fault. */
int	head_add(struct head *, const unsigned char *, struct head_fault *);

/* Take a complete head apart. 0 or -1. */
int	head_parse(struct head *, struct head_fault *);

/* The value of a key that may occur once, or NULL. */
const char	*head_get(const struct head *, const char *name);

/* Start a head in b, add a line, end it. size is of the body. 0, or -1 when
 * memory is gone. head_line escapes the value, head_copy has it as written. */
int	head_begin(struct buf *b, const char *type, uint64_t size);
int	head_line(struct buf *b, const char *name, const char *value);
int	head_copy(struct buf *b, const char *name, const char *value);
int	head_number(struct buf *b, const char *name, uint64_t);
int	head_end(struct buf *b, size_t start);

/* A number as the format writes it. False if s is not one below 2^63. */
bool	parse_number(const char *s, uint64_t *);

/* Sixteen lower-case hexadecimal digits, both ways. */
bool	parse_hash(const char *s, uint64_t *);
void	print_hash(char s[17], uint64_t);

/* A value without its escapes, into b, with a NUL. 0, or -1 if it has an
 * escape that the format does not know (EINVAL) or memory is gone. */
int	unescape(struct buf *b, const char *value);

/* Whether n bytes are UTF-8, and free of control characters. */
bool	is_utf8(const char *, size_t n);
bool	has_control(const char *, size_t n, bool tabs_too);

/* Control characters become '?': messages quote names from hostile files. */
void	make_printable(char *s);

/* Whether s is a key: letters, digits and _ - . after a letter. */
bool	is_key(const char *s);

#endif
