/* safetensors_header.c - read and check the header of a safetensors file */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "safetensors.h"

enum {
	ENTRY_MAX = 1 << 16,	/* bytes of a tensor's value */
	METADATA_MAX = 1 << 16	/* keys, to bound the memory for them */
};

/* ------------------------------------------------------------- metadata */

/* A step as safetensors_writer.c writes it: digits, below 2^63. */
static bool
parse_step(const char *text, uint64_t *step)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 19 || text[n] != 0)
		return false;
	*step = strtoull(text, NULL, 10);
	return *step < 1ULL << 63;
}

static int
add_metadata(struct ckpt_file *f, const char *key, const char *text)
{
	struct ckpt_buffer name = { 0 };
	uint64_t step;
	int r;

	if (strcmp(key, ST_STEP) == 0 && parse_step(text, &step)) {
		f->has_step = true;
		f->step = step;
		return 0;
	}
	if (strchr(key, '.'))
		return ckpt_meta(f, key, text);
	if (ckpt_buffer_add(&name, ST_PREFIX, strlen(ST_PREFIX)) < 0 ||
	    ckpt_buffer_add(&name, key, strlen(key) + 1) < 0)
		r = ckpt_fail_memory(f->rd);
	else
		r = ckpt_meta(f, (char *)name.p, text);
	free(name.p);
	return r;
}

static int
read_pair(struct ckpt_file *f, struct json_cursor *w, const char *key,
    json_t *seen)
{
	json_t *text;
	int r;

	if (ckpt_json_peek(w) != '"')
		return ckpt_fail(f->rd, CKPT_BAD, ST_METADATA
		    ": the value of %.200s is not a string", key);
	if (json_object_get(seen, key))
		return ckpt_fail(f->rd, CKPT_BAD, ST_METADATA ": %.200s twice",
		    key);
	if (json_object_size(seen) == METADATA_MAX)
		return ckpt_fail(f->rd, CKPT_LIMIT, ST_METADATA
		    ": more than %d keys", METADATA_MAX);
	if (json_object_set_new(seen, key, json_null()) < 0)
		return ckpt_fail_memory(f->rd);
	text = ckpt_json_read_value(w, SIZE_MAX);
	r = text ? add_metadata(f, key, json_string_value(text)) : -1;
	json_decref(text);
	return r;
}

static int
read_metadata(struct ckpt_file *f, struct json_cursor *w)
{
	json_t *seen = json_object(), *key;
	char mark = '{';
	int r;

	while ((r = ckpt_json_next_member(w, &mark, &key)) == 1) {
		r = read_pair(f, w, json_string_value(key), seen);
		json_decref(key);
		if (r < 0)
			break;
	}
	json_decref(seen);
	return r;
}

/* -------------------------------------------------------------- tensors */

/* An integer from 0 to 2^63 - 1. */
static bool
get_integer(const json_t *v, uint64_t *n)
{
	*n = (uint64_t)json_integer_value(v);
	return json_is_integer(v) && json_integer_value(v) >= 0;
}

/* Letters, digits and '_': names of unknown types are printed in tables. */
static bool
is_dtype(const char *s)
{
	size_t n = s ? strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") : 0;

	return n > 0 && n < 32 && s[n] == 0;
}

/* The element type and the shape. */
static int
parse_shape(struct ckpt_rd *rd, const char *name, const json_t *entry,
    struct ckpt_tensor *t)
{
	const json_t *dim = json_object_get(entry, "shape");
	size_t rank = json_array_size(dim);
	int fits;

	t->dtype = json_string_value(json_object_get(entry, "dtype"));
	if (!is_dtype(t->dtype))
		return ckpt_fail(rd, CKPT_BAD,
		    "%.200s: wanted a dtype such as \"F32\"", name);
	if (!json_is_array(dim))
		return ckpt_fail(rd, CKPT_BAD,
		    "%.200s: wanted a shape such as [2,3]", name);
	if (rank > CKPT_RANK)
		return ckpt_fail(rd, CKPT_LIMIT, "%.200s: %zu dimensions, "
		    "at most %d are supported", name, rank, CKPT_RANK);
	t->type = ckpt_type_of(t->dtype);
	t->rank = (int)rank;
	for (int i = 0; i < t->rank; i++)
		if (!get_integer(json_array_get(dim, i), &t->dim[i]))
			return ckpt_fail(rd, CKPT_BAD, "%.200s: dimension %d "
			    "is not a non-negative integer", name, i);
	if (t->type == CKPT_OTHER) {	/* only count its elements */
		t->type = CKPT_U8;
		fits = ckpt_measure(t);
		t->type = CKPT_OTHER;
	} else {
		fits = ckpt_measure(t);
	}
	return fits == 0 ? 0 : ckpt_fail(rd, CKPT_BAD,
	    "%.200s: dimensions overflow", name);
}

/* The range of the bytes, which must have the size of the shape. */
static int
parse_offsets(struct ckpt_rd *rd, const char *name, const json_t *entry,
    struct ckpt_tensor *t, struct safetensors_range *p)
{
	const json_t *range = json_object_get(entry, "data_offsets");

	if (json_array_size(range) != 2 ||
	    !get_integer(json_array_get(range, 0), &p->begin) ||
	    !get_integer(json_array_get(range, 1), &p->end))
		return ckpt_fail(rd, CKPT_BAD, "%.200s: wanted data_offsets "
		    "of two non-negative integers", name);
	if (p->end < p->begin)
		return ckpt_fail(rd, CKPT_BAD, "%.200s: data_offsets end at "
		    "%" PRIu64 ", begin at %" PRIu64, name, p->end, p->begin);
	if (t->type == CKPT_OTHER)
		t->size = p->end - p->begin;
	if (t->size != p->end - p->begin)
		return ckpt_fail(rd, CKPT_BAD, "%.200s: its shape in %s has "
		    "%" PRIu64 " bytes, its data_offsets are %" PRIu64
		    " apart", name, t->dtype, t->size, p->end - p->begin);
	return 0;
}

json_t *
ckpt_safetensors_read_tensor(struct json_cursor *w, const char *name,
    struct ckpt_tensor *t, struct safetensors_range *p)
{
	json_t *entry;

	if (ckpt_json_peek(w) != '{') {
		ckpt_fail(w->rd, CKPT_BAD, "%.200s: wanted an object with "
		    "dtype, shape and data_offsets", name);
		return NULL;
	}
	entry = ckpt_json_read_value(w, ENTRY_MAX);
	if (entry && (parse_shape(w->rd, name, entry, t) < 0 ||
	    parse_offsets(w->rd, name, entry, t, p) < 0)) {
		json_decref(entry);
		return NULL;
	}
	return entry;
}

static int
add_range(struct json_cursor *w, const char *name, size_t at,
    struct ckpt_buffer *ranges)
{
	struct safetensors_range p = { .at = at };
	struct ckpt_tensor t;
	json_t *entry = ckpt_safetensors_read_tensor(w, name, &t, &p);

	if (entry == NULL)
		return -1;
	json_decref(entry);
	return ckpt_buffer_add(ranges, &p, sizeof p) == 0 ? 0 :
	    ckpt_fail_memory(w->rd);
}

int
ckpt_safetensors_read_header(struct ckpt_file *f, struct json_cursor *w,
    struct ckpt_buffer *ranges)
{
	bool has_metadata = false;
	char mark = '{';
	json_t *key;
	int r;

	while ((r = ckpt_json_next_member(w, &mark, &key)) == 1) {
		const char *name = json_string_value(key);

		if (strcmp(name, ST_METADATA) != 0)
			r = add_range(w, name, w->name, ranges);
		else if (has_metadata)
			r = ckpt_fail(f->rd, CKPT_BAD, ST_METADATA " twice");
		else
			r = read_metadata(f, w);
		has_metadata |= strcmp(name, ST_METADATA) == 0;
		json_decref(key);
		if (r < 0)
			return -1;
	}
	return r < 0 ? -1 : ckpt_json_check_end(w);
}
