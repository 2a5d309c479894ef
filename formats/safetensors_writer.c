/* safetensors_writer.c - write safetensors files */
#include <stdlib.h>
#include <string.h>

#include "base/atomic_file.h"
#include "base/endian.h"
#include "safetensors.h"
#include "tensor_spool.h"

/*
 * The types of the format in the order of the reference implementation, so that
 * equal tensors make equal files. Larger elements are first, which keeps all
 * of them aligned. Tensors of a type are sorted by name.
 */
static const enum ckpt_type layout[] = {
	CKPT_U64, CKPT_I64, CKPT_F64, CKPT_C64, CKPT_F32, CKPT_U32, CKPT_I32,
	CKPT_BF16, CKPT_F16, CKPT_U16, CKPT_I16, CKPT_F8_E5M2FNUZ,
	CKPT_F8_E4M3FNUZ, CKPT_F8_E8M0, CKPT_F8_E4M3, CKPT_F8_E5M2, CKPT_I8,
	CKPT_U8, CKPT_BOOL
};

enum { TYPES = sizeof layout / sizeof *layout };

struct state {
	struct tensor_spool spool;
	json_t		*metadata;
};

int
ckpt_safetensors_create(struct ckpt_out *o)
{
	struct state *s = calloc(1, sizeof *s);

	o->state = s;
	if (s == NULL)
		return ckpt_wfail_memory(o->wr);
	if (ckpt_spool_open(o, &s->spool) < 0)
		return -1;
	/* some readers require "format" */
	s->metadata = json_pack("{s:s, s:o}", "format", "pt", ST_STEP,
	    json_sprintf("%llu", (unsigned long long)o->step));
	return s->metadata ? 0 : ckpt_wfail_memory(o->wr);
}

int
ckpt_safetensors_meta(struct ckpt_out *o, const char *key, const char *value)
{
	struct state *s = o->state;
	json_t *text = json_string(value);

	if (strncmp(key, ST_PREFIX, strlen(ST_PREFIX)) == 0 &&
	    strchr(key + strlen(ST_PREFIX), '.') == NULL)
		key += strlen(ST_PREFIX);
	if (text == NULL)
		return ckpt_wfail(o->wr, "%s: not UTF-8", key);
	return json_object_set_new(s->metadata, key, text) == 0 ? 0 :
	    ckpt_wfail_memory(o->wr);
}

/* As save_model of the reference implementation records it. */
int
ckpt_safetensors_tie(struct ckpt_out *o, const char *name, const char *target)
{
	struct state *s = o->state;

	return json_object_set_new(s->metadata, name,
	    json_string(target)) == 0 ? 0 : ckpt_wfail_memory(o->wr);
}

/* The index of a type in the layout; TYPES: not in safetensors. */
static int
find_order(enum ckpt_type type)
{
	int i = 0;

	while (i < TYPES && layout[i] != type)
		i++;
	return i;
}

int
ckpt_safetensors_put(struct ckpt_out *o, const struct ckpt_tensor *t)
{
	struct state *s = o->state;

	if (find_order(t->type) == TYPES)
		return ckpt_wfail(o->wr, "%s: safetensors has no type %s",
		    t->name, ckpt_type_name(t->type));
	if (strcmp(t->name, ST_METADATA) == 0)
		return ckpt_wfail(o->wr, "%s: safetensors reserves this name",
		    t->name);
	return ckpt_spool_put(o, &s->spool, t);
}

static int
compare_layout(const void *a, const void *b)
{
	const struct spooled_tensor *x = a, *y = b;
	int order = find_order(x->type) - find_order(y->type);

	return order ? order : strcmp(x->name, y->name);
}

/* The entry of a tensor whose data begin at this offset. */
static json_t *
make_entry(const struct spooled_tensor *t, uint64_t at)
{
	json_t *shape = json_array();

	for (int i = 0; i < t->rank; i++)
		json_array_append_new(shape, json_integer(t->dim[i]));
	return json_pack("{s:s, s:o, s:[I,I]}", "dtype",
	    ckpt_type_name(t->type), "shape", shape, "data_offsets",
	    (json_int_t)at, (json_int_t)(at + t->size));
}

/* The length and the header, padded so that the tensors are aligned. */
static int
write_header(struct ckpt_out *o)
{
	struct state *s = o->state;
	json_t *root = json_pack("{s:O}", ST_METADATA, s->metadata);
	struct ckpt_buffer b = { 0 };
	uint64_t at = 0;
	char *text = NULL;
	int r = -1;

	for (size_t i = 0; i < s->spool.n && root; i++) {
		const struct spooled_tensor *t = &s->spool.tensor[i];

		if (json_object_set_new(root, t->name, make_entry(t, at)) < 0)
			goto out;
		at += t->size;
	}
	text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	if (text == NULL || ckpt_buffer_add(&b, "\0\0\0\0\0\0\0", 8) < 0 ||
	    ckpt_buffer_add(&b, text, strlen(text)) < 0 ||
	    ckpt_buffer_add(&b, "       ", -b.n % 8) < 0)
		goto out;
	store_le64(b.p, b.n - 8);
	r = b.n - 8 > ST_HEADER_MAX ? ckpt_wfail(o->wr, "a header of %zu "
	    "bytes, safetensors allows %d", b.n - 8, ST_HEADER_MAX) :
	    ckpt_write_all(o->fd, b.p, b.n) == 0 ? 0 :
	    ckpt_wfail_errno(o->wr);
out:
	if (r < 0)
		ckpt_wfail_memory(o->wr);	/* unless reported above */
	json_decref(root);
	free(text);
	free(b.p);
	return r;
}

int
ckpt_safetensors_finish(struct ckpt_out *o)
{
	struct state *s = o->state;
	struct tensor_spool *spool = &s->spool;
	int r;

	if (spool->n > 0)
		qsort(spool->tensor, spool->n, sizeof *spool->tensor,
		    compare_layout);
	r = write_header(o);
	for (size_t i = 0; i < spool->n && r == 0; i++)
		r = ckpt_spool_copy(o, spool, &spool->tensor[i]);
	return r;
}

void
ckpt_safetensors_abandon(struct ckpt_out *o)
{
	struct state *s = o->state;

	if (s == NULL)
		return;
	ckpt_spool_close(&s->spool);
	json_decref(s->metadata);
	free(s);
	o->state = NULL;
}
