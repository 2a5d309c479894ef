/* escape.h - the escapes of values in ckpt/1 headers */
#ifndef CKPT_ESCAPE_H
#define CKPT_ESCAPE_H

#include "buffer.h"

/* Append a value, which is UTF-8, with its control characters and backslashes
 * escaped: \\, \t, \n, \x00 to \x9f. 0, or -1 if out of memory. */
int	ckpt_escape(struct ckpt_buffer *, const char *value);

/* Append a value without its escapes, and a NUL that is not counted. 0; -1 if
 * it has an escape that the format does not know (EINVAL), or if out of
 * memory. */
int	ckpt_unescape(struct ckpt_buffer *, const char *value);

/* The value of a tie, which is NAME TAB TARGET, escaped: set b to NAME, NUL,
 * TARGET, NUL. Returns TARGET; NULL if these are not two names, or if out of
 * memory. */
char	*ckpt_tie_names(struct ckpt_buffer *b, const char *value);

#endif
