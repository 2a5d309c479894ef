/* writer_tensor.c - writing tensors: encoded, or copied as another file has them */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoding.h"
#include "writer.h"

enum { SMALL = 16 << 10 };	/* bodies that share the frame of their head */

/* What is wrong with a tensor that is to be written: 0 if nothing. */
static int
check_tensor(struct ckpt_wr *w, const char *name)
{
	size_t n = strlen(name);
	int new;

	if (w->failed)
		return -1;
	if (!w->inside)
		return ckpt_wfail(w, "%s: no checkpoint was begun", name);
	if (n == 0 || n > CKPT_NAME || !is_utf8(name, n) ||
	    has_control(name, n, true))
		return ckpt_wfail(w, "%.60s: not a name for a tensor", name);
	if (!w->begun && wr_write_begin(w) < 0)
		return -1;
	new = names_add(&w->seen, name, NULL);
	if (new < 0)
		return wr_no_memory(w);
	if (new == 0)
		return ckpt_wfail(w, "%s twice in step %" PRIu64, name,
		    w->step);
	w->tensors++;
	return 0;
}

static struct before *
find_before(struct ckpt_wr *w, const struct tensor *t)
{
	void **slot;
	struct before *b;

	if (w->delta == 0 || w->steps % w->delta == 0)
		return NULL;
	slot = names_find(&w->before, t->name);
	b = slot ? *slot : NULL;
	if (b && b->type == t->type && b->rank == t->rank &&
	    memcmp(b->dim, t->dim, t->rank * sizeof *t->dim) == 0)
		return b;
	return NULL;
}

/* Keep a copy for the difference that the next checkpoint may store. */
static int
keep_tensor(struct ckpt_wr *w, const struct tensor *t)
{
	struct before *b = malloc(sizeof *b + t->size);

	if (b == NULL)
		return wr_no_memory(w);
	b->type = t->type;
	b->rank = t->rank;
	memcpy(b->dim, t->dim, sizeof b->dim);
	b->hash = t->hash;
	if (t->size > 0)
		memcpy(b->data, t->data, t->size);
	if (names_add(&w->kept, t->name, b) < 0) {
		free(b);
		return wr_no_memory(w);
	}
	return 0;
}

/* Whether byte planes would help to store t, seen from its first chunk. */
static bool
is_split(const struct tensor *t, const struct before *b, size_t size)
{
	size_t n = t->size < CHUNK ? t->size : CHUNK;
	unsigned char *changed;
	bool split;

	if (b == NULL || n == 0)
		return enc_split_helps(t->data, n, size);
	changed = malloc(n);
	if (changed == NULL)
		return true;
	memcpy(changed, t->data, n);
	enc_xor(changed, b->data, n);
	split = enc_split_helps(changed, n, size);
	free(changed);
	return split;
}

/* The head of t into w->head. */
static int
tensor_head(struct ckpt_wr *w, const struct tensor *t,
    const struct before *b, bool split)
{
	char hash[17], base[17], shape[CKPT_RANK * 21 + 1] = "";
	size_t n = 0;

	for (int i = 0; i < t->rank; i++)
		n += snprintf(shape + n, sizeof shape - n, "%s%" PRIu64,
		    i ? "x" : "", t->dim[i]);
	print_hash(hash, t->hash);
	w->head.n = 0;
	if (head_begin(&w->head, "tensor", t->size) < 0 ||
	    head_line(&w->head, "name", t->name) < 0 ||
	    head_copy(&w->head, "dtype", ckpt_type_name(t->type)) < 0 ||
	    head_copy(&w->head, "shape", shape) < 0 ||
	    head_copy(&w->head, "hash", hash) < 0)
		return wr_no_memory(w);
	if ((b || split) && head_copy(&w->head, "enc", !split ? "xor" :
	    b ? "xor split" : "split") < 0)
		return wr_no_memory(w);
	if (split && head_number(&w->head, "chunk", CHUNK) < 0)
		return wr_no_memory(w);
	if (b) {
		print_hash(base, b->hash);
		if (head_copy(&w->head, "base", base) < 0)
			return wr_no_memory(w);
	}
	if (head_end(&w->head, 0) < 0)
		return wr_no_memory(w);
	XXH64_update(&w->heads, w->head.p, w->head.n);
	return 0;
}

/* Add a small body to its head, encoded and padded. */
static int
add_body(struct ckpt_wr *w, const struct tensor *t, const struct before *b,
    size_t size)
{
	size_t n = t->size, padding = -n % HEAD_UNIT;
	unsigned char *p, raw[SMALL];

	if (buf_room(&w->head, n + padding) < 0)
		return wr_no_memory(w);
	p = w->head.p + w->head.n;
	if (n > 0)
		memcpy(raw, t->data, n);
	if (b)
		enc_xor(raw, b->data, n);
	if (size)
		enc_split(p, raw, n, size);
	else
		memcpy(p, raw, n);
	memset(p + n, 0, padding);
	w->head.n += n + padding;
	return 0;
}

static int
put_native(struct ckpt_wr *w, const struct tensor *t)
{
	const unsigned char *p = t->data;
	struct before *b = find_before(w, t);
	size_t size = ckpt_type_size(t->type), padding = -t->size % HEAD_UNIT;
	bool split = w->level > 0 && is_split(t, b, size);
	int bad;

	if (!split)
		size = 0;
	if (tensor_head(w, t, b, split) < 0)
		return -1;
	if (t->size <= SMALL && add_body(w, t, b, size) < 0)
		return -1;
	bad = pack_bytes(w->pack, 'H', w->head.p, w->head.n) < 0;
	for (uint64_t at = 0; !bad && t->size > SMALL && at < t->size;
	    at += CHUNK) {
		uint64_t left = t->size - at;
		bool last = left <= CHUNK;

		bad = pack_chunk(w->pack, p + at, b ? b->data + at : NULL,
		    last ? left : CHUNK, size, last ? padding : 0) < 0;
	}
	if (bad || pack_flush(w->pack) < 0)
		return wr_system_said(w);
	return w->delta ? keep_tensor(w, t) : 0;
}

int
ckpt_put(struct ckpt_wr *w, const struct tensor *given)
{
	struct tensor t = *given;

	if (check_tensor(w, t.name) < 0)
		return -1;
	if (ckpt_measure(&t) < 0)
		return ckpt_wfail(w, "%s: no such tensor can be", t.name);
	if (w->format)
		return w->format->put(&w->out, &t);
	t.hash = XXH64(t.data, t.size, 0);
	return put_native(w, &t);
}

static int
reader_said(struct ckpt_wr *w, const struct ckpt_rd *r)
{
	w->failed = true;
	snprintf(w->error, sizeof w->error, "%s", ckpt_error(r));
	return -1;
}

int
ckpt_copy(struct ckpt_wr *w, struct ckpt_rd *r, struct tensor *t)
{
	const struct head *head;
	const unsigned char *p;
	ptrdiff_t n;
	bool small;

	if (w->format || w->delta || !native_copyable(r, w->level > 0)) {
		if (ckpt_load(r, t) < 0)
			return reader_said(w, r);
		return ckpt_put(w, t);
	}
	head = native_head(r);
	if (check_tensor(w, t->name) < 0)
		return -1;
	XXH64_update(&w->heads, head->raw.p, head->raw.n);
	w->head.n = 0;
	if (buf_add(&w->head, head->raw.p, head->raw.n) < 0)
		return wr_no_memory(w);
	small = t->size <= SMALL;
	if (!small && pack_bytes(w->pack, 'H', w->head.p, w->head.n) < 0)
		return wr_system_said(w);
	for (uint64_t left = t->size; left > 0; left -= n) {
		static const char zeros[HEAD_UNIT];
		size_t padding = -t->size % HEAD_UNIT;
		bool last;

		n = native_body(r, &p);
		if (n <= 0)
			return reader_said(w, r);
		last = left == (uint64_t)n;
		/* gathered in the head's buffer, so that padding fits */
		if (!small)
			w->head.n = 0;
		if (buf_add(&w->head, p, n) < 0 ||
		    (last && buf_add(&w->head, zeros, padding) < 0))
			return wr_no_memory(w);
		if (!small &&
		    pack_bytes(w->pack, 'B', w->head.p, w->head.n) < 0)
			return wr_system_said(w);
	}
	if (native_body(r, &p) < 0)	/* the padding */
		return reader_said(w, r);
	if ((small && pack_bytes(w->pack, 'H', w->head.p, w->head.n) < 0) ||
	    pack_flush(w->pack) < 0)
		return wr_system_said(w);
	return 0;
}
