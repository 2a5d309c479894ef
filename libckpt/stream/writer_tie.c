/* writer_tie.c - write ties: as keys natively, else as the format has them */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "writer.h"

void
ckpt_rename_ties(struct ckpt_wr *w,
    const char *(*rename)(const char *name, void *), void *arg)
{
	w->rename = rename;
	w->rename_arg = arg;
}

int
ckpt_writer_add_tie(struct ckpt_wr *w, const char *tie)
{
	const char *tab = strchr(tie, '\t');
	char *name = tab ? strndup(tie, tab - tie) : NULL;
	int r;

	if (tab == NULL)
		return ckpt_wfail(w, "tie %s: wanted two names", tie);
	if (name == NULL) {
		r = -1;
	} else if (w->format) {
		r = ckpt_tie_list_add(&w->ties, name, tab + 1);
	} else {
		/* each by itself: the tab between them is not escaped */
		r = ckpt_buffer_add(&w->meta, "tie\t", 4) < 0 ||
		    ckpt_escape(&w->meta, name) < 0 ||
		    ckpt_header_put(&w->meta, "", tab + 1) < 0 ? -1 : 0;
	}
	free(name);
	return r < 0 ? ckpt_wfail_memory(w) : 0;
}

/* Append a name, renamed, and the character that follows it. */
static int
append_name(struct ckpt_wr *w, struct ckpt_buffer *b, const char *name,
    char end)
{
	if (w->rename)
		name = w->rename(name, w->rename_arg);
	return ckpt_buffer_add(b, name, strlen(name)) < 0 ? -1 :
	    ckpt_buffer_add(b, &end, 1);
}

int
ckpt_writer_copy_tie(struct ckpt_wr *w, struct ckpt_rd *r, const char *value)
{
	struct ckpt_buffer b = { 0 }, tie = { 0 };
	const char *target = ckpt_tie_names(&b, value), *name = (char *)b.p;
	int result = target ? 0 : ckpt_wfail_memory(w);

	if (target)
		target = ckpt_reader_given_name(r, target);
	if (target && !r->expands && strcmp(name, target) != 0 &&
	    ckpt_reader_wants(r, name) &&
	    (w->rename == NULL || w->rename(name, w->rename_arg)))
		result = append_name(w, &tie, name, '\t') < 0 ||
		    append_name(w, &tie, target, 0) < 0 ?
		    ckpt_wfail_memory(w) :
		    ckpt_writer_add_tie(w, (char *)tie.p);
	free(b.p);
	free(tie.p);
	return result;
}

int
ckpt_writer_put_ties(struct ckpt_wr *w, const struct ckpt_tensor *t)
{
	struct ckpt_tensor copy = *t;
	const struct ckpt_tie *tie = ckpt_tie_list_find(&w->ties, t->name);

	for (; tie; tie = tie->next) {
		copy.name = tie->name;
		if (ckpt_writer_check_name(w, copy.name) < 0 ||
		    (w->format->tie ?
		    w->format->tie(&w->out, copy.name, t->name) :
		    w->format->put(&w->out, &copy)) < 0)
			return -1;
	}
	return 0;
}
