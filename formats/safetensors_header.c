/* safetensors_header.c - read and check the header of a safetensors file */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_map.h"
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

/* Add the metadata, once the names of all tensors are known: save_model of the
 * reference implementation stores the further names of a tensor as keys whose
 * text is its name. */
static int
add_all_metadata(struct ckpt_file *f, json_t *metadata,
    const struct ckpt_name_map *tensors)
{
	const char *key;
	json_t *value;

	json_object_foreach(metadata, key, value) {
		const char *text = json_string_value(value);
		bool is_tie = strcmp(key, "format") != 0 &&
		    ckpt_name_map_find(tensors, text) &&
		    !ckpt_name_map_find(tensors, key);

		if ((is_tie ? ckpt_tie(f, key, text) :
		    add_metadata(f, key, text)) < 0)
			return -1;
	}
	return 0;
}

static int
read_pair(struct json_cursor *w, const char *key, json_t *metadata)
{
	json_t *text;

	if (ckpt_json_peek(w) != '"')
		return ckpt_fail(w->rd, CKPT_BAD, ST_METADATA
		    ": the value of %.200s is not a string", key);
	if (json_object_get(metadata, key))
		return ckpt_fail(w->rd, CKPT_BAD, ST_METADATA ": %.200s twice",
		    key);
	if (json_object_size(metadata) == METADATA_MAX)
		return ckpt_fail(w->rd, CKPT_LIMIT, ST_METADATA
		    ": more than %d keys", METADATA_MAX);
	text = ckpt_json_read_value(w, SIZE_MAX);
	if (text == NULL)
		return -1;
	return json_object_set_new(metadata, key, text) == 0 ? 0 :
	    ckpt_fail_memory(w->rd);
}

/* An object of strings, or null for none. */
static int
read_metadata(struct json_cursor *w, json_t **metadata)
{
	json_t *key;
	char mark = '{';
	int r;

	if (*metadata)
		return ckpt_fail(w->rd, CKPT_BAD, ST_METADATA " twice");
	*metadata = json_object();
	if (*metadata == NULL)
		return ckpt_fail_memory(w->rd);
	if (ckpt_json_peek(w) == 'n') {
		key = ckpt_json_read_value(w, 4);
		json_decref(key);
		return key ? 0 : -1;
	}
	while ((r = ckpt_json_next_member(w, &mark, &key)) == 1) {
		r = read_pair(w, json_string_value(key), *metadata);
		json_decref(key);
		if (r < 0)
			break;
	}
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

/* Names of unknown types are printed in tables. */
static bool
is_dtype(const char *s)
{
	size_t n = s ? strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
	    "abcdefghijklmnopqrstuvwxyz.-+/:") : 0;

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

/* The type, and the shape of a tensor that is selected: others may have any. */
static int
parse_type(struct ckpt_rd *rd, const char *name, const json_t *entry,
    struct ckpt_tensor *t, struct safetensors_range *p)
{
	const char *dtype = json_string_value(json_object_get(entry, "dtype"));

	p->type = dtype ? ckpt_type_of(dtype) : CKPT_OTHER;
	if (ckpt_wants(rd, name))
		return parse_shape(rd, name, entry, t);
	t->type = CKPT_OTHER;
	t->rank = 0;
	return 0;
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
	if (entry && (parse_type(w->rd, name, entry, t, p) < 0 ||
	    parse_offsets(w->rd, name, entry, t, p) < 0)) {
		json_decref(entry);
		return NULL;
	}
	return entry;
}

static int
add_tensor(struct json_cursor *w, const char *name, struct safetensors_data *d,
    struct ckpt_name_map *names)
{
	struct safetensors_range p = { .at = w->at };
	struct ckpt_tensor t;
	json_t *entry = ckpt_safetensors_read_tensor(w, name, &t, &p);

	if (entry == NULL)
		return -1;
	json_decref(entry);
	p.name = strdup(name);
	if (p.name == NULL || ckpt_name_map_add(names, name, NULL) < 0 ||
	    ckpt_grow(&d->range, d->n, &d->room, sizeof p) < 0) {
		free(p.name);
		return ckpt_fail_memory(w->rd);
	}
	d->range[d->n++] = p;
	return 0;
}

int
ckpt_safetensors_read_header(struct ckpt_file *f, struct json_cursor *w,
    struct safetensors_data *d)
{
	struct ckpt_name_map names = { 0 };
	json_t *metadata = NULL, *key;
	char mark = '{';
	int r;

	while ((r = ckpt_json_next_member(w, &mark, &key)) == 1) {
		const char *name = json_string_value(key);

		r = strcmp(name, ST_METADATA) == 0 ?
		    read_metadata(w, &metadata) :
		    add_tensor(w, name, d, &names);
		json_decref(key);
		if (r < 0)
			break;
	}
	if (r == 0)
		r = ckpt_json_check_end(w);
	if (r == 0)
		r = add_all_metadata(f, metadata, &names);
	json_decref(metadata);
	ckpt_name_map_clear(&names, NULL);
	return r;
}
