/* writer_foreign.c - begin a checkpoint in a foreign format: a file and its keys */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "writer.h"

/* Hand a line of the header, KEY TAB VALUE, to the format if it is a dotted
 * key. */
static int
put_key(struct ckpt_wr *w, const char *line, size_t n,
    struct ckpt_buffer *plain)
{
	const char *tab = memchr(line, '\t', n);
	char *key = strndup(line, tab - line);
	char *value = strndup(tab + 1, line + n - tab - 1);
	int r = 0;

	plain->n = 0;
	if (key == NULL || value == NULL || ckpt_unescape(plain, value) < 0)
		r = ckpt_wfail_memory(w);
	else if (strchr(key, '.') && w->format->meta)
		r = w->format->meta(&w->out, key, (char *)plain->p);
	free(key);
	free(value);
	return r;
}

int
ckpt_writer_begin_foreign(struct ckpt_wr *w)
{
	const char *line = (char *)w->meta.p, *next;
	const char *end = line ? line + w->meta.n : NULL;
	struct ckpt_buffer plain = { 0 };
	int r;

	if (w->steps > 0)
		return ckpt_wfail(w, "%s holds one checkpoint, and step %"
		    PRIu64 " is the second: choose with -s, or have {step} in "
		    "the name of the output, for a file each",
		    w->format->name, w->step);
	w->out = (struct ckpt_out){ .wr = w, .fd = w->fd, .step = w->step };
	r = w->format->create(&w->out);
	for (; r == 0 && line < end; line = next + 1) {
		next = memchr(line, '\n', end - line);
		r = put_key(w, line, next - line, &plain);
	}
	free(plain.p);
	return r;
}
