/*
 * json_cursor.h - read a JSON object member by member
 *
 * Parsed as a whole, JSON takes up to thirty times the memory of its text, and
 * the header of a checkpoint may have 100 MB. So jansson parses one name and
 * one value at a time. Errors are reported with ckpt_fail: "header: ... at byte
 * 17".
 */
#ifndef CKPT_JSON_CURSOR_H
#define CKPT_JSON_CURSOR_H

#include <jansson.h>

#include "format.h"

struct json_cursor {
	struct ckpt_rd	*rd;
	const char	*text;
	size_t		 n;
	size_t		 at;		/* bytes read */
};

/* Skip white space; the byte at the cursor, or 0 at the end. */
int	ckpt_json_peek(struct json_cursor *);

/* Read a value whose text has at most n bytes; the caller calls json_decref.
 * NULL after ckpt_fail. */
json_t	*ckpt_json_read_value(struct json_cursor *, size_t n);

/*
 * Read the name of an object's next member, up to its value; the caller calls
 * json_decref. *mark must be '{' before the first member and is kept here. 1, 0
 * after the closing brace, -1.
 */
int	ckpt_json_next_member(struct json_cursor *, char *mark, json_t **name);

/* Check that only white space is left. 0 or -1. */
int	ckpt_json_check_end(struct json_cursor *);

#endif
