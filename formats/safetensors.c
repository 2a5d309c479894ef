/* safetensors.c - read safetensors files */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/endian.h"
#include "safetensors.h"

struct state {
	struct ckpt_buffer header;
	struct json_cursor cursor;	/* in the header */
	struct safetensors_data data;
	size_t		*order;		/* in which tensors are given */
	size_t		 nth;		/* the next of them */
	json_t		*entry;		/* of the current tensor */
};

static bool
probe(const unsigned char *head, size_t n)
{
	/* open reports a length that is too large */
	return n > 8 && (head[8] == '{' || (memchr(" \t\r\n[", head[8], 5) &&
	    load_le64(head) <= ST_HEADER_MAX));
}

static int
read_header(struct ckpt_file *f, struct state *s)
{
	struct ckpt_buffer length = { 0 };
	uint64_t n, left;
	int r = ckpt_gather(f->rd, f->in, &length, 8, "the header's length");

	n = r == 0 ? load_le64(length.p) : 0;
	free(length.p);
	if (r < 0)
		return -1;
	if (n < 2 || n > ST_HEADER_MAX)
		return ckpt_fail(f->rd, CKPT_BAD, "a header of %" PRIu64
		    " bytes, wanted 2 to %d", n, ST_HEADER_MAX);
	left = ckpt_input_size(f->in) - ckpt_input_tell(f->in);
	if (ckpt_input_size(f->in) != UINT64_MAX && n > left)
		return ckpt_fail(f->rd, CKPT_CUT, "cut short in the header: "
		    "wanted %" PRIu64 " bytes, got %" PRIu64, n, left);
	return ckpt_gather(f->rd, f->in, &s->header, n, "the header");
}

static int
compare_ranges(const void *a, const void *b)
{
	const struct safetensors_range *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Sort the ranges. Each must begin where the previous one ends, and the last
 * must end with the file. */
static int
check_ranges(struct ckpt_file *f, const struct safetensors_data *d)
{
	uint64_t left = ckpt_input_size(f->in) - ckpt_input_tell(f->in);
	uint64_t end = 0;

	if (d->n > 0)
		qsort(d->range, d->n, sizeof *d->range, compare_ranges);
	for (size_t i = 0; i < d->n; end = d->range[i++].end) {
		const struct safetensors_range *p = &d->range[i];

		if (p->begin != end)
			return ckpt_fail(f->rd, CKPT_BAD, "%.200s: begins at "
			    "byte %" PRIu64 " of the data, wanted %" PRIu64
			    ": %s", p->name, p->begin, end, p->begin < end ?
			    "tensors overlap" : "a gap between tensors");
	}
	if (ckpt_input_size(f->in) == UINT64_MAX || left == end)
		return 0;
	return ckpt_fail(f->rd, left < end ? CKPT_CUT : CKPT_BAD, "%s: wanted "
	    "%" PRIu64 " bytes of tensors, got %" PRIu64, left < end ?
	    "cut short" : "bytes after the last tensor", end, left);
}

static int
open_file(struct ckpt_file *f)
{
	struct state *s = calloc(1, sizeof *s);

	f->state = s;
	if (s == NULL)
		return ckpt_fail_memory(f->rd);
	s->data.spool = -1;
	if (read_header(f, s) < 0)
		return -1;
	s->data.start = ckpt_input_tell(f->in);
	s->cursor = (struct json_cursor){ .rd = f->rd, .n = s->header.n,
	    .text = (const char *)s->header.p };
	if (ckpt_safetensors_read_header(f, &s->cursor, &s->data) < 0 ||
	    check_ranges(f, &s->data) < 0)
		return -1;
	s->order = ckpt_safetensors_sort(s->data.range, s->data.n);
	return s->order ? 0 : ckpt_fail_memory(f->rd);
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *t)
{
	struct state *s = f->state;
	struct safetensors_range *p, ignored;

	json_decref(s->entry);
	s->entry = NULL;
	if (s->nth == s->data.n)
		return ckpt_safetensors_skip_rest(f, &s->data);
	p = &s->data.range[s->order[s->nth++]];
	p->given = true;
	s->cursor.at = p->at;
	t->name = p->name;
	s->entry = ckpt_safetensors_read_tensor(&s->cursor, p->name, t,
	    &ignored);
	return s->entry ? 1 : -1;
}

static int
load(struct ckpt_file *f, struct ckpt_tensor *t, struct ckpt_buffer *b)
{
	struct state *s = f->state;

	(void)t;
	return ckpt_safetensors_load(f, &s->data, s->order[s->nth - 1], b);
}

static void
close_file(struct ckpt_file *f)
{
	struct state *s = f->state;

	if (s == NULL)
		return;
	for (size_t i = 0; i < s->data.n; i++)
		free(s->data.range[i].name);
	free(s->data.range);
	if (s->data.spool >= 0)
		close(s->data.spool);
	json_decref(s->entry);
	free(s->header.p);
	free(s->order);
	free(s);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_safetensors = {
	.name = "safetensors",
	.probe = probe,
	.open = open_file,
	.next = next,
	.load = load,
	.close = close_file,
	.create = ckpt_safetensors_create,
	.meta = ckpt_safetensors_meta,
	.put = ckpt_safetensors_put,
	.tie = ckpt_safetensors_tie,
	.finish = ckpt_safetensors_finish,
	.abandon = ckpt_safetensors_abandon,
};
