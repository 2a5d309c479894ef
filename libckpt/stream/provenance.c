/* provenance.c - the via lines of a checkpoint: those of its inputs, and ours */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "writer.h"

int
ckpt_provenance_parent(struct ckpt_wr *w)
{
	return w->via == 0 ? 0 : ckpt_buffer_add(&w->parents, &w->via,
	    sizeof w->via);
}

static int
add_number(struct ckpt_buffer *b, uint64_t x)
{
	char text[24];

	return ckpt_buffer_add(b, text, snprintf(text, sizeof text, "%" PRIu64,
	    x));
}

int
ckpt_provenance_add(struct ckpt_wr *w, struct ckpt_buffer *head)
{
	const char *part[] = { w->program, w->version, w->command };
	uint64_t parent;

	if (ckpt_buffer_add(head, "via\t", 4) < 0 ||
	    add_number(head, w->via + 1) < 0 ||
	    ckpt_buffer_add(head, w->parents.n ? "\t" : "\t-",
	    w->parents.n ? 1 : 2) < 0)
		return -1;
	for (size_t i = 0; i < w->parents.n; i += sizeof parent) {
		memcpy(&parent, w->parents.p + i, sizeof parent);
		if ((i > 0 && ckpt_buffer_add(head, ",", 1) < 0) ||
		    add_number(head, parent) < 0)
			return -1;
	}
	for (int i = 0; i < 3; i++) {
		/* escaped one by one: the tabs between them are not */
		if (ckpt_buffer_add(head, "\t", 1) < 0 ||
		    ckpt_escape(head, part[i]) < 0)
			return -1;
	}
	return ckpt_buffer_add(head, "\n", 1);
}

/* Append a line "ID TAB PARENTS TAB ..." with by added to all numbers. */
static int
add_renumbered(struct ckpt_buffer *b, const char *line, uint64_t by)
{
	const char *end = strchr(line, '\t');

	end = end ? strchr(end + 1, '\t') : NULL;
	if (end == NULL)
		return 0;
	if (ckpt_buffer_add(b, "via\t", 4) < 0)
		return -1;
	while (line < end) {
		size_t n = strspn(line, "0123456789");
		int r = n ? add_number(b, strtoull(line, NULL, 10) + by) :
		    ckpt_buffer_add(b, line, 1);

		if (r < 0)
			return -1;
		line += n ? n : 1;
	}
	return ckpt_buffer_add(b, line, strlen(line)) < 0 ? -1 :
	    ckpt_buffer_add(b, "\n", 1);
}

int
ckpt_add_parent(struct ckpt_wr *w, struct ckpt_rd *r)
{
	const char *key, *value;
	uint64_t before = w->via;

	if (w->failed || !w->inside || w->begun)
		return w->failed ? -1 : ckpt_wfail(w, "a parent outside the "
		    "start of a checkpoint");
	if (w->format)
		return 0;
	for (size_t i = 0; ckpt_keys(r, i, &key, &value); i++) {
		if (strcmp(key, "via") != 0)
			continue;
		if (add_renumbered(&w->meta, value, before) < 0)
			return ckpt_wfail_memory(w);
		w->via++;
	}
	if (w->via > before && ckpt_provenance_parent(w) < 0)
		return ckpt_wfail_memory(w);
	return 0;
}
