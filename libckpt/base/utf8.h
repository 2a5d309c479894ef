/* utf8.h - text from files: is it UTF-8, and can it be printed */
#ifndef CKPT_UTF8_H
#define CKPT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Are these n bytes valid UTF-8? */
bool	ckpt_is_utf8(const char *, size_t n);

/* Is there a control character (U+0000 to U+001F, U+007F to U+009F) in these n
 * bytes of UTF-8? A tab counts only if tabs is true. */
bool	ckpt_has_control(const char *, size_t n, bool tabs);

/* A copy to be shown in messages and tables, since names come from hostile files:
 * control characters, and bytes that are not UTF-8, are escaped: \t, \n, \x1b.
 * To be freed; NULL if out of memory. */
char	*ckpt_escape_controls(const char *);

/* The same in place, in a buffer of size bytes, where it is cut. Out of memory:
 * that is then the text. */
void	ckpt_escape_message(char *text, size_t size);

#endif
