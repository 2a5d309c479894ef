/* writer_tensor.c - write tensors: encoded, or copied as they are encoded */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/shape.h"
#include "base/utf8.h"
#include "encoding.h"
#include "writer.h"

enum { SMALL = 16 << 10 };	/* these bodies share the frame of their header */

int
ckpt_writer_check_name(struct ckpt_wr *w, const char *name)
{
	size_t n = strlen(name);
	int new;

	if (w->failed)
		return -1;
	if (!w->inside)
		return ckpt_wfail(w, "%s: no checkpoint was begun", name);
	if (n == 0 || n > CKPT_NAME || !ckpt_is_utf8(name, n) ||
	    ckpt_has_control(name, n, true))
		return ckpt_wfail(w, "%.60s: not a name for a tensor", name);
	if (!w->begun && ckpt_writer_put_begin(w) < 0)
		return -1;
	new = ckpt_name_map_add(&w->seen, name, NULL);
	if (new < 0)
		return ckpt_wfail_memory(w);
	if (new == 0)
		return ckpt_wfail(w, "%s twice in step %" PRIu64, name,
		    w->step);
	w->tensors++;
	return 0;
}

static struct ckpt_previous *
find_base(struct ckpt_wr *w, const struct ckpt_tensor *t)
{
	void **slot;
	struct ckpt_previous *b;

	if (w->delta == 0 || w->steps % w->delta == 0)
		return NULL;
	slot = ckpt_name_map_find(&w->before, t->name);
	b = slot ? *slot : NULL;
	return b && b->t.type == t->type && ckpt_equal_shapes(&b->t, t) ? b :
	    NULL;
}

/* Keep a copy for the difference that the next checkpoint stores. */
static int
keep_base(struct ckpt_wr *w, const struct ckpt_tensor *t)
{
	struct ckpt_previous *b = malloc(sizeof *b + t->size);

	if (b == NULL)
		return ckpt_wfail_memory(w);
	b->t = *t;
	b->t.name = b->t.tie = b->t.dtype = NULL;
	b->t.data = NULL;
	if (t->size > 0)
		memcpy(b->data, t->data, t->size);
	if (ckpt_name_map_add(&w->kept, t->name, b) < 0) {
		free(b);
		return ckpt_wfail_memory(w);
	}
	return 0;
}

/* Do byte planes compress t better, judged by its first chunk? */
static bool
is_split(const struct ckpt_tensor *t, const struct ckpt_previous *b,
    size_t size)
{
	size_t n = t->size < CHUNK ? t->size : CHUNK;
	unsigned char *changed;
	bool split;

	if (b == NULL || n == 0)
		return ckpt_split_helps(t->data, n, size);
	changed = malloc(n);
	if (changed == NULL)
		return true;
	memcpy(changed, t->data, n);
	ckpt_xor_bytes(changed, b->data, n);
	split = ckpt_split_helps(changed, n, size);
	free(changed);
	return split;
}

/* Make the header of t in w->head. */
static int
put_tensor_header(struct ckpt_wr *w, const struct ckpt_tensor *t,
    const struct ckpt_previous *b, bool split)
{
	char hash[17], base[17], shape[SHAPE_TEXT];

	ckpt_print_hash(hash, t->hash);
	w->head.n = 0;
	if (ckpt_header_begin(&w->head, "tensor", t->size) < 0 ||
	    ckpt_header_put(&w->head, "name", t->name) < 0 ||
	    ckpt_header_put_escaped(&w->head, "dtype",
	    ckpt_type_name(t->type)) < 0 ||
	    ckpt_header_put_escaped(&w->head, "shape",
	    ckpt_shape_text(shape, t)) < 0 ||
	    ckpt_header_put_escaped(&w->head, "hash", hash) < 0)
		return ckpt_wfail_memory(w);
	if ((b || split) && ckpt_header_put_escaped(&w->head, "enc", !split ?
	    "xor" :
	    b ? "xor split" : "split") < 0)
		return ckpt_wfail_memory(w);
	if (split && ckpt_header_put_number(&w->head, "chunk", CHUNK) < 0)
		return ckpt_wfail_memory(w);
	if (b) {
		ckpt_print_hash(base, b->t.hash);
		if (ckpt_header_put_escaped(&w->head, "base", base) < 0)
			return ckpt_wfail_memory(w);
	}
	if (ckpt_header_end(&w->head, 0) < 0)
		return ckpt_wfail_memory(w);
	XXH64_update(&w->heads, w->head.p, w->head.n);
	return 0;
}

/* Append a small body to its header, encoded and padded. */
static int
add_small_body(struct ckpt_wr *w, const struct ckpt_tensor *t,
    const struct ckpt_previous *b,
    size_t size)
{
	size_t n = t->size, padding = -n % HEAD_UNIT;
	unsigned char *p, raw[SMALL];

	if (ckpt_buffer_reserve(&w->head, n + padding) < 0)
		return ckpt_wfail_memory(w);
	p = w->head.p + w->head.n;
	if (n > 0)
		memcpy(raw, t->data, n);
	if (b)
		ckpt_xor_bytes(raw, b->data, n);
	if (size)
		ckpt_split_planes(p, raw, n, size);
	else
		memcpy(p, raw, n);
	memset(p + n, 0, padding);
	w->head.n += n + padding;
	return 0;
}

static int
put_native(struct ckpt_wr *w, const struct ckpt_tensor *t)
{
	const unsigned char *p = t->data;
	struct ckpt_previous *b = find_base(w, t);
	size_t size = ckpt_type_size(t->type), padding = -t->size % HEAD_UNIT;
	bool split = w->level > 0 && is_split(t, b, size);
	int bad;

	if (!split)
		size = 0;
	if (put_tensor_header(w, t, b, split) < 0)
		return -1;
	if (t->size <= SMALL && add_small_body(w, t, b, size) < 0)
		return -1;
	bad = ckpt_zstd_writer_put(w->pack, 'H', w->head.p, w->head.n) < 0;
	for (uint64_t at = 0; !bad && t->size > SMALL && at < t->size;
	    at += CHUNK) {
		uint64_t left = t->size - at;
		bool last = left <= CHUNK;

		bad = ckpt_zstd_writer_put_chunk(w->pack, p + at, b ?
		    b->data + at : NULL,
		    last ? left : CHUNK, size, last ? padding : 0) < 0;
	}
	if (bad || ckpt_zstd_writer_flush(w->pack) < 0)
		return ckpt_wfail_errno(w);
	return w->delta ? keep_base(w, t) : 0;
}

int
ckpt_put(struct ckpt_wr *w, const struct ckpt_tensor *given)
{
	struct ckpt_tensor t = *given;

	if (ckpt_writer_check_name(w, t.name) < 0)
		return -1;
	if (ckpt_measure(&t) < 0)
		return ckpt_wfail(w, "%s: its shape has more elements "
		    "than can be counted, or an unknown type", t.name);
	if (w->format)
		return w->format->put(&w->out, &t) < 0 ? -1 :
		    ckpt_writer_put_ties(w, &t);
	t.hash = XXH64(t.data, t.size, 0);
	return put_native(w, &t);
}

static int
copy_reader_error(struct ckpt_wr *w, const struct ckpt_rd *r)
{
	w->failed = true;
	snprintf(w->error, sizeof w->error, "%s", ckpt_error(r));
	return -1;
}

int
ckpt_copy(struct ckpt_wr *w, struct ckpt_rd *r, struct ckpt_tensor *t)
{
	const struct ckpt_header *head;
	const unsigned char *p;
	ptrdiff_t n;
	bool small;

	if (w->format || w->delta || strcmp(t->name, r->name) != 0 ||
	    !ckpt_records_copyable(r, w->level > 0)) {
		if (ckpt_load(r, t) < 0)
			return copy_reader_error(w, r);
		return ckpt_put(w, t);
	}
	head = ckpt_records_header(r);
	if (ckpt_writer_check_name(w, t->name) < 0)
		return -1;
	XXH64_update(&w->heads, head->raw.p, head->raw.n);
	w->head.n = 0;
	if (ckpt_buffer_add(&w->head, head->raw.p, head->raw.n) < 0)
		return ckpt_wfail_memory(w);
	small = t->size <= SMALL;
	if (!small && ckpt_zstd_writer_put(w->pack, 'H', w->head.p,
	    w->head.n) < 0)
		return ckpt_wfail_errno(w);
	for (uint64_t left = t->size; left > 0; left -= n) {
		static const char zeros[HEAD_UNIT];
		size_t padding = -t->size % HEAD_UNIT;
		bool last;

		n = ckpt_records_body(r, &p);
		if (n <= 0)
			return copy_reader_error(w, r);
		last = left == (uint64_t)n;
		/* in the buffer of the header, which has room for padding */
		if (!small)
			w->head.n = 0;
		if (ckpt_buffer_add(&w->head, p, n) < 0 ||
		    (last && ckpt_buffer_add(&w->head, zeros, padding) < 0))
			return ckpt_wfail_memory(w);
		if (!small &&
		    ckpt_zstd_writer_put(w->pack, 'B', w->head.p,
		    w->head.n) < 0)
			return ckpt_wfail_errno(w);
	}
	if (ckpt_records_body(r, &p) < 0)	/* the padding */
		return copy_reader_error(w, r);
	if ((small && ckpt_zstd_writer_put(w->pack, 'H', w->head.p,
	    w->head.n) < 0) ||
	    ckpt_zstd_writer_flush(w->pack) < 0)
		return ckpt_wfail_errno(w);
	return 0;
}
