/* tie.c - the two names of a "tie" key: one parameter, stored once */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record_header.h"
#include "tie.h"

char *
tie_names(struct buf *b, const char *value)
{
	const char *tab = strchr(value, '\t');
	char *name = tab ? strndup(value, tab - value) : NULL;
	size_t target;
	int bad;

	/* each by itself: unescaped, a tab could be anyone's */
	b->n = 0;
	bad = name == NULL || unescape(b, name) < 0;
	free(name);
	if (bad)
		return NULL;
	target = ++b->n;
	return unescape(b, tab + 1) < 0 ? NULL : (char *)b->p + target;
}

int
tie_check(struct names *tensors, const char *value, char *text, size_t n)
{
	struct buf b = { 0 };
	const char *target = tie_names(&b, value), *name = (char *)b.p;
	int bad = -1;

	if (target == NULL)
		snprintf(text, n, "bad tie");
	else if (names_find(tensors, name))
		snprintf(text, n, "tie %s is a tensor", name);
	else if (names_find(tensors, target) == NULL)
		snprintf(text, n, "tie %s: no tensor %s", name, target);
	else
		bad = 0;
	free(b.p);
	return bad;
}
