/*
 * json_cursor.h - a JSON object taken member by member
 *
 * As one tree, JSON takes up to thirty times the memory of its text, which in
 * a checkpoint's header may be 100 MB. So we walk over it and let jansson
 * parse one name and one value at a time. Failures go to ckpt_fail, which is
 * told "header: ... at byte 17".
 */
#ifndef WALK_H
#define WALK_H

#include <jansson.h>

#include "format.h"

struct json_cursor {
	struct ckpt_rd	*rd;
	const char	*text;
	size_t		 n;
	size_t		 at;		/* bytes that were passed */
	size_t		 name;		/* where the last name began */
};

/* The next byte that is not white space, now at w->at; 0 at the end. */
int	ckpt_json_peek(struct json_cursor *);

/* The value that comes next, the caller's to json_decref, if its text has at
 * most n bytes. NULL: failed. */
json_t	*ckpt_json_value(struct json_cursor *, size_t n);

/*
 * The name of the next member of an object, a string that is the caller's,
 * with w at its value. *mark must be '{' before the first and is kept here.
 * 1, 0 past the closing brace, -1.
 */
int	ckpt_json_member(struct json_cursor *, char *mark, json_t **name);

/* The name and the colon that come next, as ckpt_json_member gives them. */
json_t	*ckpt_json_name(struct json_cursor *);

/* Nothing but white space is left. 0 or -1. */
int	ckpt_json_end(struct json_cursor *);

#endif
