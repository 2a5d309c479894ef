/* safetensors.c - read safetensors files */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "safetensors.h"

struct state {
	struct ckpt_buffer header;
	struct json_cursor cursor;	/* in the header */
	struct ckpt_buffer ranges;	/* struct safetensors_range, sorted */
	size_t		 nth;		/* the next tensor */
	uint64_t	 data;		/* offset of the first tensor */
	json_t		*name, *entry;	/* of the current tensor */
};

static struct safetensors_range *
get_range(struct state *s, size_t i)
{
	return (struct safetensors_range *)s->ranges.p + i;
}

static size_t
count_ranges(const struct state *s)
{
	return s->ranges.n / sizeof(struct safetensors_range);
}

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

/* The name of a tensor; s->cursor is then at its value. */
static json_t *
read_name(struct state *s, const struct safetensors_range *p)
{
	s->cursor.at = p->at;
	return ckpt_json_read_name(&s->cursor);
}

/* Sort the ranges. Each must begin where the previous one ends, and the last
 * must end with the file. */
static int
check_ranges(struct ckpt_file *f, struct state *s)
{
	uint64_t left = ckpt_input_size(f->in) - ckpt_input_tell(f->in);
	uint64_t end = 0;
	const struct safetensors_range *p =
	    (struct safetensors_range *)s->ranges.p;
	size_t n = count_ranges(s);

	if (n > 0)
		qsort(s->ranges.p, n, sizeof *p, compare_ranges);
	for (size_t i = 0; i < n; end = p[i++].end) {
		json_t *name;

		if (p[i].begin == end)
			continue;
		name = read_name(s, &p[i]);
		ckpt_fail(f->rd, CKPT_BAD, "%.200s: begins at byte %" PRIu64
		    " of the data, wanted %" PRIu64 ": %s",
		    json_string_value(name), p[i].begin, end, p[i].begin < end ?
		    "tensors overlap" : "a gap between tensors");
		json_decref(name);
		return -1;
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
	if (read_header(f, s) < 0)
		return -1;
	s->data = ckpt_input_tell(f->in);
	s->cursor = (struct json_cursor){ .rd = f->rd, .n = s->header.n,
	    .text = (const char *)s->header.p };
	if (ckpt_safetensors_read_header(f, &s->cursor, &s->ranges) < 0)
		return -1;
	return check_ranges(f, s);
}

static void
free_entry(struct state *s)
{
	json_decref(s->name);
	json_decref(s->entry);
	s->name = s->entry = NULL;
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *t)
{
	struct state *s = f->state;
	const unsigned char *p;
	struct safetensors_range ignored;
	uint64_t end = s->nth > 0 ? get_range(s, s->nth - 1)->end : 0;
	size_t n = 1;

	if (ckpt_skip(f->rd, f->in, s->data + end - ckpt_input_tell(f->in),
	    s->name ? json_string_value(s->name) : "the header") < 0)
		return -1;
	free_entry(s);
	if (s->nth < count_ranges(s)) {
		s->name = read_name(s, get_range(s, s->nth++));
		if (s->name == NULL)
			return -1;
		t->name = json_string_value(s->name);
		s->entry = ckpt_safetensors_read_tensor(&s->cursor, t->name, t,
		    &ignored);
		return s->entry ? 1 : -1;
	}
	if (ckpt_input_peek(f->in, &p, &n) < 0)
		return ckpt_fail_errno(f->rd);
	return n == 0 ? 0 : ckpt_fail(f->rd, CKPT_BAD,
	    "bytes after the last tensor");
}

static int
load(struct ckpt_file *f, struct ckpt_tensor *t, struct ckpt_buffer *b)
{
	return ckpt_gather(f->rd, f->in, b, t->size, t->name);
}

static void
close_file(struct ckpt_file *f)
{
	struct state *s = f->state;

	if (s == NULL)
		return;
	free_entry(s);
	free(s->header.p);
	free(s->ranges.p);
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
	.finish = ckpt_safetensors_finish,
	.abandon = ckpt_safetensors_abandon,
};
