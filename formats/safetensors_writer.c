/* safetensors_writer.c - write safetensors files */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/endian.h"
#include "base/temp_file.h"
#include "safetensors.h"

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

enum { TYPES = sizeof layout / sizeof *layout, COPY = 1 << 20 };

struct spooled_tensor {
	char		*name;
	json_t		*entry;		/* dtype and shape */
	int		 order;		/* index of its type in layout */
	uint64_t	 at, size;	/* in the temporary file */
};

struct state {
	json_t		*metadata;
	struct ckpt_buffer tensors;	/* struct spooled_tensor */
	int		 spool;		/* the temporary file */
	uint64_t	 spooled;	/* its size */
};

/* The header is first and has all shapes, so tensors are put into a temporary
 * file until the last one is known. */
int
ckpt_safetensors_create(struct ckpt_out *o)
{
	struct state *s = calloc(1, sizeof *s);

	o->state = s;
	if (s == NULL)
		return ckpt_wfail_memory(o->wr);
	s->spool = ckpt_temp_file_open();
	if (s->spool < 0)
		return ckpt_wfail(o->wr, "temporary file in %s: %s",
		    ckpt_temp_dir(), strerror(errno));
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

static json_t *
make_entry(const struct ckpt_tensor *t)
{
	json_t *shape = json_array();

	for (int i = 0; i < t->rank; i++)
		json_array_append_new(shape, json_integer(t->dim[i]));
	return json_pack("{s:s, s:o}", "dtype", ckpt_type_name(t->type),
	    "shape", shape);
}

int
ckpt_safetensors_put(struct ckpt_out *o, const struct ckpt_tensor *t)
{
	struct state *s = o->state;
	struct spooled_tensor p = { .at = s->spooled, .size = t->size };

	while (p.order < TYPES && layout[p.order] != t->type)
		p.order++;
	if (p.order == TYPES)
		return ckpt_wfail(o->wr, "%s: safetensors has no type %s",
		    t->name, ckpt_type_name(t->type));
	if (strcmp(t->name, ST_METADATA) == 0)
		return ckpt_wfail(o->wr, "%s: safetensors reserves this name",
		    t->name);
	if (ckpt_write_all(s->spool, t->data, p.size) < 0)
		return ckpt_wfail(o->wr, "temporary file: %s",
		    strerror(errno));
	s->spooled += p.size;
	p.name = strdup(t->name);
	p.entry = make_entry(t);
	if (!p.name || !p.entry ||
	    ckpt_buffer_add(&s->tensors, &p, sizeof p) < 0) {
		free(p.name);
		json_decref(p.entry);
		return ckpt_wfail_memory(o->wr);
	}
	return 0;
}

static int
compare_layout(const void *a, const void *b)
{
	const struct spooled_tensor *x = a, *y = b;

	return x->order != y->order ? x->order - y->order :
	    strcmp(x->name, y->name);
}

/* The length and the header, padded so that the tensors are aligned. */
static int
write_header(struct ckpt_out *o, struct spooled_tensor *p, size_t n)
{
	struct state *s = o->state;
	json_t *root = json_pack("{s:O}", ST_METADATA, s->metadata);
	struct ckpt_buffer b = { 0 };
	uint64_t end = 0;
	char *text = NULL;
	int r = -1;

	for (size_t i = 0; i < n && root; i++) {
		json_t *range = json_pack("[I,I]", (json_int_t)end,
		    (json_int_t)(end + p[i].size));

		end += p[i].size;
		if (json_object_set_new(p[i].entry, "data_offsets", range) ||
		    json_object_set(root, p[i].name, p[i].entry))
			goto out;
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

static int
copy_data(struct ckpt_out *o, const struct spooled_tensor *p, unsigned char *b)
{
	struct state *s = o->state;

	uint64_t n;

	for (uint64_t done = 0; done < p->size; done += n) {
		n = p->size - done < COPY ? p->size - done : COPY;
		if (ckpt_pread_all(s->spool, p->at + done, b, n) < 0)
			return ckpt_wfail(o->wr, "temporary file: %s",
			    strerror(errno));
		if (ckpt_write_all(o->fd, b, n) < 0)
			return ckpt_wfail_errno(o->wr);
	}
	return 0;
}

int
ckpt_safetensors_finish(struct ckpt_out *o)
{
	struct state *s = o->state;
	struct spooled_tensor *p = (struct spooled_tensor *)s->tensors.p;
	size_t n = s->tensors.n / sizeof *p;
	unsigned char *b = malloc(COPY);
	int r = b ? 0 : ckpt_wfail_memory(o->wr);

	if (n > 0)
		qsort(p, n, sizeof *p, compare_layout);
	if (r == 0)
		r = write_header(o, p, n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = copy_data(o, &p[i], b);
	free(b);
	return r;
}

void
ckpt_safetensors_abandon(struct ckpt_out *o)
{
	struct state *s = o->state;
	struct spooled_tensor *p;

	if (s == NULL)
		return;
	p = (struct spooled_tensor *)s->tensors.p;
	for (size_t i = 0; i < s->tensors.n / sizeof *p; i++) {
		free(p[i].name);
		json_decref(p[i].entry);
	}
	free(s->tensors.p);
	json_decref(s->metadata);
	if (s->spool >= 0)
		close(s->spool);
	free(s);
	o->state = NULL;
}
