/* record_reader.c - the records of a ckpt/1 stream, read in order */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/number.h"
#include "record_reader.h"

struct ckpt_records *
ckpt_records_open(struct ckpt_rd *r)
{
	struct ckpt_records *n = calloc(1, sizeof *n);

	if (n && (n->src = ckpt_zstd_reader_open(r, r->in,
	    r->threads)) == NULL) {
		free(n);
		n = NULL;
	}
	return n;
}

void
ckpt_records_close(struct ckpt_rd *r)
{
	struct ckpt_records *n = r->native;

	ckpt_zstd_reader_close(n->src);
	ckpt_header_free(&n->head);
	ckpt_name_map_clear(&n->kept, ckpt_records_drop_base);
	ckpt_name_map_clear(&n->before, ckpt_records_drop_base);
	free(n->joined.p);
	free(n);
}

uint64_t
ckpt_records_unknown_frames(const struct ckpt_rd *r)
{
	return ckpt_zstd_reader_unknown_frames(r->native->src);
}

static int
fail_record(struct ckpt_rd *r, const char *what)
{
	return ckpt_fail(r, CKPT_BAD, "record %" PRIu64 ": %s",
	    r->native->records, what);
}

/* ---------------------------------------------------------------- heads */

/* Read the next head. 1, 0 at the proper end of the file, -1. */
static int
read_header(struct ckpt_rd *r)
{
	struct ckpt_records *n = r->native;
	const unsigned char *unit;
	int done = 0;

	ckpt_header_clear(&n->head);
	n->records++;
	while (!done) {
		ptrdiff_t got = ckpt_zstd_reader_take(n->src, &unit, HEAD_UNIT);
		bool first = n->head.raw.n == 0;

		if (got < 0)
			return -1;
		if (got == 0 && first && n->ended)
			return 0;
		if (first && n->ended && got < HEAD_UNIT &&
		    memcmp(unit, "ckpt/1", got < 6 ? got : 6) != 0)
			return ckpt_fail(r, CKPT_BAD,
			    "%td bytes after the eof record", got);
		if (got == 0 && first && r->entered == 0)
			return ckpt_fail(r, CKPT_CUT,
			    "cut short: no eof record");
		if (got == 0 && first)
			return ckpt_fail(r, CKPT_CUT, "cut short: no %s "
			    "record after step %" PRIu64,
			    n->inside ? "end" : "eof", r->step);
		if (got < HEAD_UNIT)
			return ckpt_fail(r, CKPT_CUT, "cut short in record %"
			    PRIu64 ": wanted %d bytes, got %td", n->records,
			    HEAD_UNIT, got);
		done = ckpt_header_add(&n->head, unit, &n->fault);
		if (done < 0)
			goto fault;
	}
	if (ckpt_header_parse(&n->head, &n->fault) < 0)
		goto fault;
	return 1;
fault:
	return ckpt_fail(r, n->fault.kind, "record %" PRIu64 ": %s",
	    n->records, n->fault.text);
}

/* The number under a required key of this head. */
static int
get_number(struct ckpt_rd *r, const char *key, uint64_t *x)
{
	const struct ckpt_header *h = &r->native->head;
	const char *s = ckpt_header_get(h, key);

	if (s == NULL || !ckpt_parse_number(s, x))
		return ckpt_fail(r, CKPT_BAD, "record %" PRIu64 ": %s: %s "
		    "%s", r->native->records, h->type,
		    s ? "bad" : "no", key);
	return 0;
}

/* ID, PARENTS, PROGRAM, VERSION, COMMAND with tabs; ID counts from 1, and
 * PARENTS are earlier ones, with commas, or "-". */
static bool
is_valid_via(const char *value, uint64_t id)
{
	char want[24];
	int tabs = 0;
	size_t n = snprintf(want, sizeof want, "%" PRIu64 "\t", id);

	for (const char *p = value; *p; p++)
		tabs += *p == '\t';
	if (tabs != 4 || strncmp(value, want, n) != 0)
		return false;
	value += n;
	if (strncmp(value, "-\t", 2) == 0)
		return true;
	for (;; value += n + 1) {
		uint64_t parent;

		n = strspn(value, "0123456789");
		if (n == 0 || n >= sizeof want)
			return false;
		memcpy(want, value, n);
		want[n] = 0;
		if (!ckpt_parse_number(want, &parent) || parent == 0 ||
		    parent >= id)
			return false;
		if (value[n] != ',')
			return value[n] == '\t';
	}
}

static int
read_begin(struct ckpt_rd *r)
{
	struct ckpt_records *n = r->native;
	const char *keep = ckpt_header_get(&n->head, "keep");
	const char *meta = ckpt_header_get(&n->head, "meta");
	uint64_t step, via = 0;

	if (n->inside)
		return fail_record(r, "begin inside a checkpoint");
	if (get_number(r, "step", &step) < 0)
		return -1;
	ckpt_key_list_clear(&r->meta);
	ckpt_left_out_clear(&r->left_out);
	for (size_t i = 0; i < n->head.keys; i++) {
		const struct ckpt_header_key *k = &n->head.key[i];
		bool is_via = strcmp(k->name, "via") == 0;
		bool is_tie = strcmp(k->name, "tie") == 0;
		bool is_left_out = strcmp(k->name, "left_out") == 0;

		if (is_via && !is_valid_via(k->value, ++via))
			return fail_record(r, "begin: bad via");
		if (is_tie && (strchr(k->value, '\t') == NULL ||
		    strchr(k->value, '\t') != strrchr(k->value, '\t')))
			return fail_record(r, "begin: bad tie");
		if (is_left_out && ckpt_left_out_parse(r, k->value) < 0)
			return fail_record(r, "begin: bad left_out");
		if ((is_via || is_tie || is_left_out ||
		    strchr(k->name, '.')) &&
		    ckpt_key_list_add(&r->meta, k->name, k->value) < 0)
			return ckpt_fail_memory(r);
	}
	if (keep && strcmp(keep, "1") != 0)
		return fail_record(r, "begin: bad keep");
	if (meta && strcmp(meta, "1") != 0)
		return fail_record(r, "begin: bad meta");
	ckpt_name_map_clear(&n->before, ckpt_records_drop_base);
	n->before = n->kept;
	n->kept = (struct ckpt_name_map){ 0 };
	n->keep = keep != NULL;
	n->meta = meta != NULL;
	n->inside = true;
	n->ended = false;
	n->tensors = 0;
	n->steps++;
	XXH64_reset(&n->heads, 0);
	r->step = step;
	return n->meta ? READ_NOTHING : ckpt_reader_enter(r, step);
}

/* Every tie names a tensor of this checkpoint, and is not one itself. */
static int
check_ties(struct ckpt_rd *r)
{
	const char *key, *value;
	char text[2 * CKPT_NAME + 40];

	for (size_t i = 0; ckpt_keys(r, i, &key, &value); i++)
		if (strcmp(key, "tie") == 0 && ckpt_tie_check(&r->seen, value,
		    text, sizeof text) < 0)
			return ckpt_fail(r, CKPT_BAD, "%s", text);
	return 0;
}

static int
read_end(struct ckpt_rd *r)
{
	struct ckpt_records *n = r->native;
	const char *hash = ckpt_header_get(&n->head, "hash");
	uint64_t tensors, want;

	if (!n->inside)
		return fail_record(r, "end outside a checkpoint");
	if (get_number(r, "tensors", &tensors) < 0)
		return -1;
	if (hash == NULL || !ckpt_parse_hash(hash, &want))
		return fail_record(r, hash ? "end: bad hash" : "end: no hash");
	if (tensors != n->tensors)
		return ckpt_fail(r, CKPT_BAD, "end: %" PRIu64 " tensors, %"
		    PRIu64 " read", tensors, n->tensors);
	if (HASHES && want != XXH64_digest(&n->heads))
		return ckpt_fail(r, CKPT_BAD, "headers do not match the hash in end");
	if (check_ties(r) < 0 || ckpt_left_out_end(r) < 0)
		return -1;
	n->inside = false;
	return READ_END;
}

static int
read_eof(struct ckpt_rd *r)
{
	struct ckpt_records *n = r->native;
	uint64_t steps;

	if (n->inside)
		return fail_record(r, "eof inside a checkpoint");
	if (get_number(r, "steps", &steps) < 0)
		return -1;
	if (steps != n->steps)
		return ckpt_fail(r, CKPT_BAD, "eof: %" PRIu64
		    " checkpoints, %" PRIu64 " read", steps, n->steps);
	ckpt_name_map_clear(&n->kept, ckpt_records_drop_base);
	ckpt_name_map_clear(&n->before, ckpt_records_drop_base);
	n->keep = false;
	n->steps = 0;
	n->ended = true;
	return 0;
}

/* "64x3x3"; nothing for a scalar. */
static int
parse_shape(struct ckpt_rd *r, const char *shape)
{
	struct ckpt_tensor *t = &r->native->t;
	const char *p = shape;
	char digits[24];

	t->rank = 0;
	while (*shape) {
		size_t len = strcspn(p, "x");

		if (t->rank == CKPT_RANK)
			return ckpt_fail(r, CKPT_LIMIT,
			    "%s: more than %d dimensions", t->name, CKPT_RANK);
		if (len >= sizeof digits)
			len = 0;	/* too many digits */
		memcpy(digits, p, len);
		digits[len] = 0;
		if (!ckpt_parse_number(digits, &t->dim[t->rank++]))
			return ckpt_fail(r, CKPT_BAD, "%s: bad shape \"%.60s\"",
			    t->name, shape);
		p += len;
		if (*p++ == 0)
			break;
	}
	return 0;
}

static int
parse_encoding(struct ckpt_rd *r)
{
	struct ckpt_records *n = r->native;
	const char *enc = ckpt_header_get(&n->head, "enc");
	const char *chunk = ckpt_header_get(&n->head, "chunk");
	const char *base = ckpt_header_get(&n->head, "base");
	size_t size = ckpt_type_size(n->t.type);

	n->enc = 0;
	n->odd_enc[0] = 0;
	if (enc == NULL)
		return 0;
	if (strcmp(enc, "split") == 0)
		n->enc = ENC_SPLIT;
	else if (strcmp(enc, "xor") == 0)
		n->enc = ENC_XOR;
	else if (strcmp(enc, "xor split") == 0)
		n->enc = ENC_XOR | ENC_SPLIT;
	else
		snprintf(n->odd_enc, sizeof n->odd_enc, "%.60s",
		    *enc ? enc : "(empty)");
	if (n->enc & ENC_SPLIT && (chunk == NULL ||
	    !ckpt_parse_number(chunk, &n->chunk) || n->chunk < CHUNK_MIN ||
	    n->chunk > CHUNK_MAX || (size && n->chunk % size != 0)))
		return ckpt_fail(r, CKPT_BAD, "%s: %s chunk", n->t.name,
		    chunk ? "bad" : "no");
	if (n->enc & ENC_XOR && (base == NULL ||
	    !ckpt_parse_hash(base, &n->base_hash)))
		return ckpt_fail(r, CKPT_BAD, "%s: %s base", n->t.name,
		    base ? "bad" : "no");
	return 0;
}

static int
read_tensor(struct ckpt_rd *r)
{
	struct ckpt_records *n = r->native;
	struct ckpt_tensor *t = &n->t;
	const char *name = ckpt_header_get(&n->head, "name");
	const char *dtype = ckpt_header_get(&n->head, "dtype");
	const char *shape = ckpt_header_get(&n->head, "shape");
	const char *hash = ckpt_header_get(&n->head, "hash");
	struct ckpt_buffer plain = { 0 };
	int failed;

	if (!n->inside)
		return fail_record(r, "tensor outside a checkpoint");
	if (!name || !dtype || !shape || !hash)
		return ckpt_fail(r, CKPT_BAD, "record %" PRIu64
		    ": tensor: no %s", n->records, !name ? "name" :
		    !dtype ? "dtype" : !shape ? "shape" : "hash");
	if (ckpt_unescape(&plain, name) < 0 ||
	    strlen((char *)plain.p) != plain.n)
		failed = fail_record(r, "bad name");
	else
		failed = ckpt_reader_keep_name(r, t, (char *)plain.p);
	free(plain.p);
	if (failed)
		return -1;
	if (++n->tensors > 1 << 24)
		return ckpt_fail(r, CKPT_LIMIT, "more than 2^24 tensors");
	if (strlen(dtype) >= sizeof n->dtype || *dtype == 0)
		return ckpt_fail(r, CKPT_BAD, "%s: bad dtype", t->name);
	t->dtype = strcpy(n->dtype, dtype);
	t->type = ckpt_type_of(dtype);
	if (!ckpt_parse_hash(hash, &t->hash))
		return ckpt_fail(r, CKPT_BAD, "%s: bad hash", t->name);
	if (parse_shape(r, shape) < 0 || parse_encoding(r) < 0)
		return -1;
	if (t->type == CKPT_OTHER) {
		t->type = CKPT_U8;	/* to count the elements */
		if (ckpt_measure(t) < 0)
			return ckpt_fail(r, CKPT_BAD, "%s: shape %s is too "
			    "large", t->name, shape);
		t->type = CKPT_OTHER;
		t->size = n->head.size;
	} else if (ckpt_measure(t) < 0) {
		return ckpt_fail(r, CKPT_BAD, "%s: shape %s of %s is too "
		    "large", t->name, shape, dtype);
	} else if (!n->odd_enc[0] && t->size != n->head.size) {
		return ckpt_fail(r, CKPT_BAD, "%s: shape %s of %s is %" PRIu64
		    " bytes, the record has %" PRIu64, t->name, shape, dtype,
		    t->size, n->head.size);
	}
	n->left = n->head.size;
	n->padding = -n->head.size % HEAD_UNIT;
	n->pending = true;
	return READ_TENSOR;
}

/* Skip a record of an unknown type: READ_NOTHING, or -1. */
static int
skip_record(struct ckpt_rd *r)
{
	struct ckpt_records *n = r->native;
	uint64_t size = n->head.size;
	int done = ckpt_zstd_reader_skip(n->src, size + -size % HEAD_UNIT);

	return done == 0 ? ckpt_fail(r, CKPT_CUT, "cut short in record %"
	    PRIu64 " of %" PRIu64 " bytes", n->records, size) :
	    done < 0 ? -1 : 0;
}

/* What a record without a body says: as ckpt_records_next, or READ_NOTHING
 * for an eof. */
static int
read_bare(struct ckpt_rd *r)
{
	const struct ckpt_header *h = &r->native->head;

	if (h->size != 0)
		return ckpt_fail(r, CKPT_BAD, "record %" PRIu64
		    ": %s with a body", r->native->records, h->type);
	return strcmp(h->type, "begin") == 0 ? read_begin(r) :
	    strcmp(h->type, "end") == 0 ? read_end(r) : read_eof(r);
}

int
ckpt_records_next(struct ckpt_rd *r, struct ckpt_tensor *t)
{
	struct ckpt_records *n = r->native;
	const char *type = n->head.type;
	int found = READ_NOTHING;

	if (ckpt_records_skip_body(r) < 0)
		return -1;
	while (found == READ_NOTHING) {
		int more = read_header(r);

		if (more <= 0)
			return more;
		if (n->meta && strcmp(type, "meta") == 0)
			found = ckpt_metadata_read(r);
		else if (n->meta && (strcmp(type, "tensor") == 0 ||
		    strcmp(type, "end") == 0))
			found = fail_record(r, "wanted the record meta");
		else if (strcmp(type, "tensor") == 0)
			found = read_tensor(r);
		else if (strcmp(type, "begin") == 0 ||
		    strcmp(type, "end") == 0 || strcmp(type, "eof") == 0)
			found = read_bare(r);
		else
			found = skip_record(r);
		if (found < 0)
			return -1;
		if (n->inside)
			XXH64_update(&n->heads, n->head.raw.p,
			    n->head.raw.n);
	}
	if (found == READ_TENSOR)
		*t = n->t;
	return found;
}

const struct ckpt_header *
ckpt_records_header(const struct ckpt_rd *r)
{
	return &r->native->head;
}
