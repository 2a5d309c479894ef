/*
 * zip_directory.c - the members of a zip, if its two directories agree
 *
 * A zip describes each member twice, in its central directory and in a local
 * header before the member, and readers that use one or the other may see
 * different files. libarchive uses both. So local headers must agree with the
 * central directory, members must not overlap, and all of them must precede
 * the central directory.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/name_map.h"
#include "zip_directory.h"

enum {
	END = 22, END64 = 56, LOCATOR = 20,	/* bytes of fixed parts */
	ENTRY = 46, LOCAL = 30,
	TAIL = END + 0xFFFF,		/* the end record and its comment */
	STORED = 0, DEFLATED = 8,
	RATIO = 1032			/* the maximum of deflate */
};

struct range { uint64_t at, end; };

struct ckpt_zip {
	struct ckpt_rd	*rd;
	struct ckpt_input *in;
	uint64_t	 count, at, size;	/* of the central directory */
	struct ckpt_buffer directory;
	struct ckpt_buffer ranges;	/* struct range: of the members */
	struct ckpt_buffer entries;	/* struct ckpt_zip_entry */
	struct ckpt_name_map names;	/* by name: number + 1 of an entry */
};

/* An entry of the central directory. */
struct entry {
	unsigned	 flags, method, name_len;
	uint32_t	 crc;
	uint64_t	 packed, size, at;
	uint64_t	 data;		/* where the bytes begin */
	const unsigned char *name;
};

static int
fail_zip(struct ckpt_zip *z, const char *what)
{
	return ckpt_fail(z->rd, CKPT_BAD, "zip: %s", what);
}

static int
fail_member(struct ckpt_zip *z, const struct entry *e, const char *what)
{
	return ckpt_fail(z->rd, CKPT_BAD, "zip: %.*s: %s",
	    e->name_len < 200 ? (int)e->name_len : 200,
	    (const char *)e->name, what);
}

/* Read n bytes at an offset. */
static int
read_at(struct ckpt_zip *z, uint64_t at, void *p, size_t n)
{
	ptrdiff_t got = ckpt_input_read_at(z->in, at, p, n);

	if (got < 0)
		return ckpt_fail_errno(z->rd);
	return (size_t)got == n ? 0 : ckpt_fail(z->rd, CKPT_CUT,
	    "zip: cut short at byte %" PRIu64, at + (uint64_t)got);
}

static bool
has_signature(const unsigned char *p, const char *type)
{
	return memcmp(p, "PK", 2) == 0 && memcmp(p + 2, type, 2) == 0;
}

/* ----------------------------------------------- the central directory */

/* The zip64 end record, which precedes the usual one in a large zip. */
static int
read_end64(struct ckpt_zip *z, uint64_t end)
{
	unsigned char p[END64];
	uint64_t at;

	if (end < LOCATOR)
		return fail_zip(z, "no room for a zip64 locator");
	if (read_at(z, end - LOCATOR, p, LOCATOR) < 0)
		return -1;
	at = load_le64(p + 8);
	if (!has_signature(p, "\6\7") || at > end - LOCATOR ||
	    end - LOCATOR - at < END64)
		return fail_zip(z, "no zip64 end record");
	if (read_at(z, at, p, END64) < 0)
		return -1;
	if (!has_signature(p, "\6\6") || load_le32(p + 16) != 0 ||
	    load_le32(p + 20) != 0)
		return fail_zip(z, "a bad zip64 end record, or several disks");
	z->count = load_le64(p + 32);
	z->size = load_le64(p + 40);
	z->at = load_le64(p + 48);
	return z->at <= at && z->size <= at - z->at ? 0 :
	    fail_zip(z, "the directory does not precede the end record");
}

static int
read_end(struct ckpt_zip *z, unsigned char *tail, size_t n)
{
	uint64_t start = ckpt_input_size(z->in) - n, end;
	size_t i = n >= END ? n - END + 1 : 0;

	while (i > 0 && !has_signature(tail + i - 1, "\5\6"))
		i--;
	if (i-- == 0)
		return ckpt_fail(z->rd, CKPT_CUT,
		    "cut short: a zip without its central directory");
	if (load_le16(tail + i + 20) != n - i - END)
		return fail_zip(z,
		    "bytes after the end record, or a comment cut short");
	if (load_le16(tail + i + 4) != 0 || load_le16(tail + i + 6) != 0)
		return fail_zip(z, "spans several disks");
	end = start + i;
	z->count = load_le16(tail + i + 10);
	z->size = load_le32(tail + i + 12);
	z->at = load_le32(tail + i + 16);
	if (z->count == 0xFFFF || z->size == UINT32_MAX ||
	    z->at == UINT32_MAX)
		return read_end64(z, end);
	return z->at <= end && z->size <= end - z->at ? 0 :
	    fail_zip(z, "the directory does not precede the end record");
}

static int
read_directory(struct ckpt_zip *z)
{
	uint64_t size = ckpt_input_size(z->in);
	size_t n = size < TAIL ? size : TAIL;
	unsigned char *tail = malloc(n + 1);
	int r = tail ? 0 : ckpt_fail_memory(z->rd);

	if (r == 0)
		r = read_at(z, size - n, tail, n);
	if (r == 0)
		r = read_end(z, tail, n);
	free(tail);
	if (r < 0)
		return -1;
	if (z->count > z->size / ENTRY)
		return fail_zip(z, "more entries than the directory can hold");
	/* no larger than the file: see read_end */
	if (ckpt_buffer_reserve(&z->directory, z->size) < 0)
		return ckpt_fail_memory(z->rd);
	z->directory.n = z->size;
	return read_at(z, z->at, z->directory.p, z->size);
}

/* -------------------------------------------------------------- members */

/* Numbers of 32 one bits are replaced by the next 64-bit number of the zip64
 * extra field. */
static int
read_zip64(struct ckpt_zip *z, struct entry *e, const unsigned char *p,
    size_t n)
{
	uint64_t *const wide[] = { &e->size, &e->packed, &e->at };
	size_t at = 0, len = 0, used = 0;

	while (n - at >= 4 && load_le16(p + at) != 1) {
		len = load_le16(p + at + 2);
		if (len > n - at - 4)
			return fail_member(z, e, "a bad extra field");
		at += 4 + len;
	}
	len = n - at >= 4 ? load_le16(p + at + 2) : 0;
	if (len > 0 && len > n - at - 4)
		return fail_member(z, e, "a bad extra field");
	for (size_t i = 0; i < 3; i++) {
		if (*wide[i] != UINT32_MAX)
			continue;
		if (len - used < 8)
			return fail_member(z, e, "a zip64 number is missing");
		*wide[i] = load_le64(p + at + 4 + used);
		used += 8;
	}
	return 0;
}

/* Whether a number of a local header, which may be left out, agrees. */
static bool
is_same(uint32_t local, uint64_t number)
{
	return local == 0 || local == UINT32_MAX || local == number;
}

/* Compare the local header of a member with its entry. */
static int
check_local_header(struct ckpt_zip *z, struct entry *e)
{
	unsigned char p[LOCAL], *name;
	struct range range = { e->at, e->at };
	uint64_t skip;
	int r;

	if (e->at > z->at || z->at - e->at < LOCAL)
		return fail_member(z, e, "not before the central directory");
	if (read_at(z, e->at, p, LOCAL) < 0)
		return -1;
	skip = LOCAL + load_le16(p + 26) + load_le16(p + 28);
	if (!has_signature(p, "\3\4"))
		return fail_member(z, e, "no local header at its offset");
	if (z->at - e->at < skip || e->packed > z->at - e->at - skip)
		return fail_member(z, e, "not before the central directory");
	if (load_le16(p + 26) != e->name_len ||
	    (load_le16(p + 6) & 1) != (e->flags & 1) ||
	    load_le16(p + 8) != e->method ||
	    !is_same(load_le32(p + 14), e->crc) ||
	    !is_same(load_le32(p + 18), e->packed) ||
	    !is_same(load_le32(p + 22), e->size))
		return fail_member(z, e,
		    "local header and central directory disagree");
	name = malloc(e->name_len + 1);
	if (name == NULL)
		return ckpt_fail_memory(z->rd);
	r = read_at(z, e->at + LOCAL, name, e->name_len);
	if (r == 0 && memcmp(name, e->name, e->name_len) != 0)
		r = fail_member(z, e, "another name in its local header");
	free(name);
	e->data = e->at + skip;
	range.end += skip + e->packed;
	if (r == 0 && ckpt_buffer_add(&z->ranges, &range, sizeof range) < 0)
		r = ckpt_fail_memory(z->rd);
	return r;
}

/* Folders are left out. */
static int
add_entry(struct ckpt_zip *z, const struct entry *e)
{
	struct ckpt_zip_entry out = { NULL, e->data, e->packed, e->size, e->crc,
	    e->method };
	size_t n = z->entries.n / sizeof out;
	int new;

	if (e->name[e->name_len - 1] == '/')
		return 0;
	out.name = strndup((const char *)e->name, e->name_len);
	if (out.name == NULL)
		return ckpt_fail_memory(z->rd);
	new = ckpt_name_map_add(&z->names, out.name, (void *)(n + 1));
	if (new > 0 && ckpt_buffer_add(&z->entries, &out, sizeof out) == 0)
		return 0;
	free(out.name);
	return new != 0 ? ckpt_fail_memory(z->rd) : ckpt_fail(z->rd, CKPT_BAD,
	    "two members %.*s", e->name_len < 200 ? (int)e->name_len : 200,
	    (const char *)e->name);
}

static int
check_entry(struct ckpt_zip *z, size_t *at)
{
	const unsigned char *p = z->directory.p + *at;
	size_t left = z->directory.n - *at, extra, all;
	struct entry e;

	if (left < ENTRY || !has_signature(p, "\1\2"))
		return fail_zip(z, "a bad entry in the directory");
	e = (struct entry){ .flags = load_le16(p + 8),
	    .method = load_le16(p + 10), .crc = load_le32(p + 16),
	    .packed = load_le32(p + 20), .size = load_le32(p + 24),
	    .name_len = load_le16(p + 28), .at = load_le32(p + 42),
	    .name = p + ENTRY };
	extra = load_le16(p + 30);
	all = ENTRY + e.name_len + extra + load_le16(p + 32);
	if (all > left)
		return fail_zip(z, "an entry past the end of the directory");
	*at += all;
	if (e.name_len == 0 || memchr(e.name, 0, e.name_len))
		return fail_zip(z, "a member without a name, or NUL in it");
	if (read_zip64(z, &e, e.name + e.name_len, extra) < 0)
		return -1;
	if (e.flags & 1)
		return fail_member(z, &e, "encrypted");
	if (e.method != STORED && e.method != DEFLATED)
		return fail_member(z, &e, "neither stored nor deflated");
	if (e.method == STORED ? e.size != e.packed :
	    e.size / RATIO > e.packed)
		return fail_member(z, &e, "an impossible size");
	return check_local_header(z, &e) < 0 ? -1 : add_entry(z, &e);
}

static int
compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static int
check_overlap(struct ckpt_zip *z)
{
	struct range *range = (struct range *)z->ranges.p;

	if (z->count > 0)
		qsort(range, z->count, sizeof *range, compare_ranges);
	for (uint64_t i = 1; i < z->count; i++)
		if (range[i].at < range[i - 1].end)
			return fail_zip(z, "members overlap");
	return 0;
}

struct ckpt_zip *
ckpt_zip_open(struct ckpt_rd *rd, struct ckpt_input *in)
{
	struct ckpt_zip *z = calloc(1, sizeof *z);
	size_t at = 0;
	int r;

	if (z == NULL) {
		ckpt_fail_memory(rd);
		return NULL;
	}
	z->rd = rd;
	z->in = in;
	r = read_directory(z);
	for (uint64_t i = 0; i < z->count && r == 0; i++)
		r = check_entry(z, &at);
	if (r == 0 && at != z->directory.n)
		r = fail_zip(z, "more entries than the directory counts");
	if (r == 0)
		r = check_overlap(z);
	if (r < 0) {
		ckpt_zip_close(z);
		return NULL;
	}
	return z;
}

void
ckpt_zip_close(struct ckpt_zip *z)
{
	struct ckpt_zip_entry *e;

	if (z == NULL)
		return;
	e = (struct ckpt_zip_entry *)z->entries.p;
	for (size_t i = 0; i < z->entries.n / sizeof *e; i++)
		free(e[i].name);
	free(z->entries.p);
	free(z->directory.p);
	free(z->ranges.p);
	ckpt_name_map_clear(&z->names, NULL);
	free(z);
}

int
ckpt_zip_check(struct ckpt_rd *rd, struct ckpt_input *in)
{
	struct ckpt_zip *z = ckpt_zip_open(rd, in);

	ckpt_zip_close(z);
	return z ? 0 : -1;
}

const struct ckpt_zip_entry *
ckpt_zip_entry(const struct ckpt_zip *z, size_t i)
{
	return i < z->entries.n / sizeof(struct ckpt_zip_entry) ?
	    (struct ckpt_zip_entry *)z->entries.p + i : NULL;
}

const struct ckpt_zip_entry *
ckpt_zip_find(const struct ckpt_zip *z, const char *name)
{
	void **i = ckpt_name_map_find(&z->names, name);

	return i ? ckpt_zip_entry(z, (uintptr_t)*i - 1) : NULL;
}
