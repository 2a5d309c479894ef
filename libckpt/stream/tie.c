/* tie.c - the two names of a "tie" key: one parameter, stored once */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "record_header.h"
#include "tie.h"

char *
ckpt_tie_names(struct ckpt_buffer *b, const char *value)
{
	const char *tab = strchr(value, '\t');
	char *name = tab ? strndup(value, tab - value) : NULL;
	size_t target;
	int bad;

	/* each by itself: unescaped, a tab could be anyone's */
	b->n = 0;
	bad = name == NULL || ckpt_unescape(b, name) < 0;
	free(name);
	if (bad)
		return NULL;
	target = ++b->n;
	return ckpt_unescape(b, tab + 1) < 0 ? NULL : (char *)b->p + target;
}

int
ckpt_tie_check(struct ckpt_name_map *tensors, const char *value, char *text,
    size_t n)
{
	struct ckpt_buffer b = { 0 };
	const char *target = ckpt_tie_names(&b, value), *name = (char *)b.p;
	int bad = -1;

	if (target == NULL)
		snprintf(text, n, "bad tie");
	else if (ckpt_name_map_find(tensors, name))
		snprintf(text, n, "tie %s is a tensor", name);
	else if (ckpt_name_map_find(tensors, target) == NULL)
		snprintf(text, n, "tie %s: no tensor %s", name, target);
	else
		bad = 0;
	free(b.p);
	return bad;
}
