/*
 * metadata_record.c - the record "meta": keys that do not fit the header of a
 * checkpoint
 *
 * A header has limits, so that hostile ones are refused early; metadata has
 * none: a tokenizer may have megabytes. Keys that do not fit are lines of the
 * body of a record that follows begin, which says so with the key meta.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/number.h"
#include "base/utf8.h"
#include "record_reader.h"
#include "writer.h"

/* Of dotted keys in a header, so that there is room for the others. */
enum { BYTES_MAX = HEAD_MAX / 4 * 3, KEYS_MAX = HEAD_KEYS_MAX / 4 * 3 };

/* -------------------------------------------------------------- writing */

int
ckpt_metadata_split(const struct ckpt_buffer *meta, struct ckpt_buffer *head,
    struct ckpt_buffer *body)
{
	const char *p = (const char *)meta->p, *next;
	const char *end = p ? p + meta->n : NULL;
	size_t bytes = 0, keys = 0;

	for (; p < end; p = next) {
		bool dotted, fits;
		size_t n;

		next = (const char *)memchr(p, '\n', end - p) + 1;
		n = next - p;
		dotted = memchr(p, '.', strcspn(p, "\t")) != NULL;
		fits = n < HEAD_LINE_MAX && bytes + n <= BYTES_MAX &&
		    keys < KEYS_MAX;
		bytes += dotted && fits ? n : 0;
		keys += dotted && fits;
		if (ckpt_buffer_add(dotted && !fits ? body : head, p, n) < 0)
			return -1;
	}
	return 0;
}

int
ckpt_metadata_write(struct ckpt_wr *w, const struct ckpt_buffer *body)
{
	static const char zeros[HEAD_UNIT];
	char hash[17];

	ckpt_print_hash(hash, XXH64(body->p, body->n, 0));
	w->head.n = 0;
	if (ckpt_header_begin(&w->head, "meta", body->n) < 0 ||
	    ckpt_header_put_escaped(&w->head, "hash", hash) < 0 ||
	    ckpt_header_end(&w->head, 0) < 0)
		return ckpt_wfail_memory(w);
	XXH64_update(&w->heads, w->head.p, w->head.n);
	if (ckpt_zstd_writer_put(w->pack, 'H', w->head.p, w->head.n) < 0)
		return ckpt_wfail_errno(w);
	for (size_t at = 0, n; at < body->n; at += n) {
		size_t left = body->n - at;
		bool last = left <= CHUNK;

		n = last ? left : CHUNK;
		w->head.n = 0;
		if (ckpt_buffer_add(&w->head, body->p + at, n) < 0 ||
		    ckpt_buffer_add(&w->head, zeros,
		    last ? -n % HEAD_UNIT : 0) < 0)
			return ckpt_wfail_memory(w);
		if (ckpt_zstd_writer_put(w->pack, 'B', w->head.p,
		    w->head.n) < 0)
			return ckpt_wfail_errno(w);
	}
	return 0;
}

/* -------------------------------------------------------------- reading */

static int
fail_metadata(struct ckpt_rd *r, const char *what)
{
	return ckpt_fail(r, CKPT_BAD, "record %" PRIu64 ": meta: %s",
	    r->native->records, what);
}

/* Read the body and its padding. */
static int
read_body(struct ckpt_rd *r, struct ckpt_buffer *b)
{
	struct ckpt_records *n = r->native;
	uint64_t left = n->head.size + -n->head.size % HEAD_UNIT;
	const unsigned char *p;
	ptrdiff_t got;

	if (left > r->limit)
		return ckpt_fail(r, CKPT_LIMIT, "record %" PRIu64 ": meta: %"
		    PRIu64 " bytes, limit %" PRIu64, n->records, left,
		    r->limit);
	for (; left > 0; left -= got) {
		size_t part = left < CHUNK ? left : CHUNK;

		got = ckpt_zstd_reader_take(n->src, &p, part);
		if (got < 0)
			return -1;
		if ((size_t)got < part)
			return ckpt_fail(r, CKPT_CUT, "cut short in record %"
			    PRIu64 " of %" PRIu64 " bytes", n->records,
			    n->head.size);
		if (ckpt_buffer_add(b, p, got) < 0)
			return ckpt_fail_memory(r);
	}
	for (size_t i = n->head.size; i < b->n; i++)
		if (b->p[i] != 0)
			return fail_metadata(r, "nonzero padding");
	b->n = n->head.size;
	return 0;
}

/* Add the key of a line, without its newline. */
static int
add_line(struct ckpt_rd *r, char *line, struct ckpt_buffer *scratch)
{
	char *tab = strchr(line, '\t');

	if (tab == NULL)
		return fail_metadata(r, "a line without a tab");
	*tab = 0;
	if (!ckpt_is_key(line) || strchr(line, '.') == NULL)
		return fail_metadata(r, "not a key with a dot");
	scratch->n = 0;
	if (ckpt_has_control(tab + 1, strlen(tab + 1), true) ||
	    ckpt_unescape(scratch, tab + 1) < 0)
		return fail_metadata(r, "a bad value");
	if (ckpt_key_list_has(&r->meta, line))
		return ckpt_fail(r, CKPT_BAD, "record %" PRIu64 ": key %.100s "
		    "twice", r->native->records, line);
	return ckpt_key_list_add(&r->meta, line, tab + 1) < 0 ?
	    ckpt_fail_memory(r) : 0;
}

int
ckpt_metadata_read(struct ckpt_rd *r)
{
	struct ckpt_buffer body = { 0 }, scratch = { 0 };
	const char *text = ckpt_header_get(&r->native->head, "hash");
	uint64_t hash;
	int bad = read_body(r, &body);

	if (bad == 0 && (text == NULL || !ckpt_parse_hash(text, &hash)))
		bad = fail_metadata(r, text ? "bad hash" : "no hash");
	if (bad == 0 && HASHES && hash != XXH64(body.p, body.n, 0))
		bad = fail_metadata(r, "the body does not match its hash");
	if (bad == 0 && (body.n == 0 || body.p[body.n - 1] != '\n' ||
	    memchr(body.p, 0, body.n) ||
	    !ckpt_is_utf8((char *)body.p, body.n)))
		bad = fail_metadata(r, "not lines of UTF-8");
	for (size_t at = 0; at < body.n && bad == 0; ) {
		char *line = (char *)body.p + at;
		char *end = memchr(line, '\n', body.n - at);

		*end = 0;
		at += end + 1 - line;
		bad = add_line(r, line, &scratch);
	}
	free(body.p);
	free(scratch.p);
	r->native->meta = false;
	return bad < 0 ? -1 : ckpt_reader_enter(r, r->step);
}
