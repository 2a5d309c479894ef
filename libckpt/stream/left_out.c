/*
 * left_out.c - what a checkpoint has and a reader does not give: things with
 * numbers that are no tensors here, and tensors that can only be listed
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/number.h"
#include "base/utf8.h"
#include "reader.h"

/* Names may be of any length, a line of a header not. */
enum { FIRST = CKPT_NAME };

/* Cut text to n bytes, between two characters. */
static void
cut_text(char *text, size_t n)
{
	if (strlen(text) <= n)
		return;
	text[n] = 0;
	while (n > 0 && !ckpt_is_utf8(text, n))
		text[--n] = 0;
}

/* Escape the control characters of a text. 0, or -1 if out of memory. */
static int
make_printable(char **text)
{
	char *escaped = ckpt_escape_controls(*text);

	if (escaped == NULL)
		return -1;
	free(*text);
	*text = escaped;
	return 0;
}

void
ckpt_left_out_clear(struct ckpt_left_out *l)
{
	free(l->first);
	free(l->line);
	*l = (struct ckpt_left_out){ 0 };
}

int
ckpt_leave_out(struct ckpt_file *f, const char *name, const char *what)
{
	struct ckpt_left_out *l = &f->rd->left_out;

	if (l->n++ > 0)
		return 0;
	if (asprintf(&l->first, "%s (%s)", ckpt_is_utf8(name, strlen(name)) ?
	    name : "?", what) < 0) {
		l->first = NULL;
		return ckpt_fail_memory(f->rd);
	}
	cut_text(l->first, FIRST);
	return make_printable(&l->first) < 0 ? ckpt_fail_memory(f->rd) : 0;
}

void
ckpt_list_only(struct ckpt_tensor *t, const char *dtype)
{
	t->type = CKPT_U8;		/* to count the elements */
	if (ckpt_measure(t) < 0)
		t->len = 0;
	t->type = CKPT_OTHER;
	t->dtype = dtype;
	t->size = 0;
}

/* ------------------------------------------------------- the key left_out */

int
ckpt_left_out_put(struct ckpt_rd *r)
{
	struct ckpt_buffer b = { 0 };
	char count[24];
	int n;

	if (r->left_out.n == 0)
		return 0;
	n = snprintf(count, sizeof count, "%" PRIu64 " ", r->left_out.n);
	n = ckpt_buffer_add(&b, count, n) < 0 ||
	    ckpt_escape(&b, r->left_out.first) < 0 ||
	    ckpt_buffer_add(&b, "", 1) < 0 ||
	    ckpt_key_list_add(&r->meta, "left_out", (char *)b.p) < 0 ?
	    ckpt_fail_memory(r) : 0;
	free(b.p);
	return n;
}

int
ckpt_left_out_parse(struct ckpt_rd *r, const char *value)
{
	struct ckpt_left_out *l = &r->left_out;
	const char *space = strchr(value, ' ');
	char count[24] = "";
	struct ckpt_buffer b = { 0 };

	ckpt_left_out_clear(l);
	if (space && (size_t)(space - value) < sizeof count)
		memcpy(count, value, space - value);
	if (!ckpt_parse_number(count, &l->n) || l->n == 0 ||
	    ckpt_unescape(&b, space + 1) < 0) {
		free(b.p);
		return -1;
	}
	l->first = (char *)b.p;
	return make_printable(&l->first);
}

/* ---------------------------------------------------- end of a checkpoint */

int
ckpt_left_out_end(struct ckpt_rd *r)
{
	struct ckpt_left_out *l = &r->left_out;
	int n;

	if (l->n == 0 || !r->open)
		return 0;
	if (r->native == NULL && r->seen.table.n == 0)
		return ckpt_fail(r, CKPT_UNSUPPORTED, "no tensors; %" PRIu64
		    " left out, first: %s", l->n, l->first);
	n = l->n == 1 ? asprintf(&l->line, "%s: step %" PRIu64
	    ": 1 tensor left out: %s", ckpt_path(r), r->step, l->first) :
	    asprintf(&l->line, "%s: step %" PRIu64 ": %" PRIu64
	    " tensors left out, first: %s", ckpt_path(r), r->step, l->n,
	    l->first);
	if (n < 0) {
		l->line = NULL;
		return ckpt_fail_memory(r);
	}
	return make_printable(&l->line) < 0 ? ckpt_fail_memory(r) : 0;
}

const char *
ckpt_left_out(const struct ckpt_rd *r)
{
	return r->left_out.line;
}
