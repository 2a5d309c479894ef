/*
 * zip_check.c - whether a zip tells one story
 *
 * A zip says everything twice, in its directory and before each member, and
 * readers that believe the one or the other see different files. libarchive
 * follows both at times; so what is told twice must agree, members must not
 * overlap, and all of them lie before the directory.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "zip_check.h"

enum {
	END = 22, END64 = 56, LOCATOR = 20,	/* bytes, without what varies */
	ENTRY = 46, LOCAL = 30,
	TAIL = END + 0xFFFF,		/* the end and its comment */
	STORED = 0, DEFLATED = 8,
	RATIO = 1032			/* deflate has no more */
};

struct range { uint64_t at, end; };

struct zip {
	struct ckpt_rd	*rd;
	struct ckpt_input	*in;
	uint64_t	 count, at, size;	/* of the directory */
	struct ckpt_buffer	 directory;
	struct ckpt_buffer	 ranges;	/* struct range: where members lie */
};

/* An entry of the directory. */
struct entry {
	unsigned	 flags, method, name_len;
	uint32_t	 crc;
	uint64_t	 packed, size, at;
	const unsigned char *name;
};

static unsigned
little16(const unsigned char *p)
{
	return p[0] | p[1] << 8;
}

static int
bad(struct zip *z, const char *what)
{
	return ckpt_fail(z->rd, CKPT_BAD, "zip: %s", what);
}

static int
bad_member(struct zip *z, const struct entry *e, const char *what)
{
	return ckpt_fail(z->rd, CKPT_BAD, "zip: %.*s: %s",
	    e->name_len < 200 ? (int)e->name_len : 200,
	    (const char *)e->name, what);
}

/* n bytes from a place, all of them. */
static int
get(struct zip *z, uint64_t at, void *p, size_t n)
{
	ptrdiff_t got = ckpt_input_read_at(z->in, at, p, n);

	if (got < 0)
		return ckpt_fail_errno(z->rd);
	return (size_t)got == n ? 0 : ckpt_fail(z->rd, CKPT_CUT,
	    "zip: cut short at byte %" PRIu64, at + (uint64_t)got);
}

static bool
is(const unsigned char *p, const char *mark)
{
	return memcmp(p, "PK", 2) == 0 && memcmp(p + 2, mark, 2) == 0;
}

/* ------------------------------------------------------- the directory */

/* The end that a large zip has before the end that all have. */
static int
read_end64(struct zip *z, uint64_t end)
{
	unsigned char p[END64];
	uint64_t at;

	if (end < LOCATOR)
		return bad(z, "no place for its 64-bit end");
	if (get(z, end - LOCATOR, p, LOCATOR) < 0)
		return -1;
	at = load_le64(p + 8);
	if (!is(p, "\6\7") || at > end - LOCATOR ||
	    end - LOCATOR - at < END64)
		return bad(z, "no 64-bit end");
	if (get(z, at, p, END64) < 0)
		return -1;
	if (!is(p, "\6\6") || load_le32(p + 16) != 0 || load_le32(p + 20) != 0)
		return bad(z, "a bad 64-bit end, or one of several disks");
	z->count = load_le64(p + 32);
	z->size = load_le64(p + 40);
	z->at = load_le64(p + 48);
	return z->at <= at && z->size <= at - z->at ? 0 :
	    bad(z, "its directory is not before its end");
}

static int
read_end(struct zip *z, unsigned char *tail, size_t n)
{
	uint64_t start = ckpt_input_size(z->in) - n, end;
	size_t i = n >= END ? n - END + 1 : 0;

	while (i > 0 && !is(tail + i - 1, "\5\6"))
		i--;
	if (i-- == 0)
		return ckpt_fail(z->rd, CKPT_CUT,
		    "cut short: a zip without the directory at its end");
	if (little16(tail + i + 20) != n - i - END)
		return bad(z, "bytes after its end, or a cut comment");
	if (little16(tail + i + 4) != 0 || little16(tail + i + 6) != 0)
		return bad(z, "of several disks");
	end = start + i;
	z->count = little16(tail + i + 10);
	z->size = load_le32(tail + i + 12);
	z->at = load_le32(tail + i + 16);
	if (z->count == 0xFFFF || z->size == UINT32_MAX ||
	    z->at == UINT32_MAX)
		return read_end64(z, end);
	return z->at <= end && z->size <= end - z->at ? 0 :
	    bad(z, "its directory is not before its end");
}

static int
read_directory(struct zip *z)
{
	size_t n = ckpt_input_size(z->in) < TAIL ? ckpt_input_size(z->in) : TAIL;
	unsigned char *tail = malloc(n + 1);
	int r = tail ? 0 : ckpt_fail_memory(z->rd);

	if (r == 0)
		r = get(z, ckpt_input_size(z->in) - n, tail, n);
	if (r == 0)
		r = read_end(z, tail, n);
	free(tail);
	if (r < 0)
		return -1;
	if (z->count > z->size / ENTRY)
		return bad(z, "its directory has no room for its entries");
	/* it lies in the file, so it is no larger */
	if (ckpt_buffer_reserve(&z->directory, z->size) < 0)
		return ckpt_fail_memory(z->rd);
	z->directory.n = z->size;
	return get(z, z->at, z->directory.p, z->size);
}

/* -------------------------------------------------------------- members */

/* Where 32 bits are all ones, the number is the next of 64 in the extra field
 * of that kind. */
static int
widen(struct zip *z, struct entry *e, const unsigned char *p, size_t n)
{
	uint64_t *const wide[] = { &e->size, &e->packed, &e->at };
	size_t at = 0, len = 0, used = 0;

	while (n - at >= 4 && little16(p + at) != 1) {
		len = little16(p + at + 2);
		if (len > n - at - 4)
			return bad_member(z, e, "a bad extra field");
		at += 4 + len;
	}
	len = n - at >= 4 ? little16(p + at + 2) : 0;
	if (len > 0 && len > n - at - 4)
		return bad_member(z, e, "a bad extra field");
	for (size_t i = 0; i < 3; i++) {
		if (*wide[i] != UINT32_MAX)
			continue;
		if (len - used < 8)
			return bad_member(z, e, "a 64-bit number is missing");
		*wide[i] = load_le64(p + at + 4 + used);
		used += 8;
	}
	return 0;
}

/* A number that the local header may leave to the directory. */
static bool
agrees(uint32_t local, uint64_t number)
{
	return local == 0 || local == UINT32_MAX || local == number;
}

/* What stands before the member itself. */
static int
check_local(struct zip *z, const struct entry *e)
{
	unsigned char p[LOCAL], *name;
	struct range range = { e->at, e->at };
	uint64_t skip;
	int same;

	if (e->at > z->at || z->at - e->at < LOCAL)
		return bad_member(z, e, "lies outside");
	if (get(z, e->at, p, LOCAL) < 0)
		return -1;
	skip = LOCAL + little16(p + 26) + little16(p + 28);
	if (!is(p, "\3\4"))
		return bad_member(z, e, "is not where the directory says");
	if (z->at - e->at < skip || e->packed > z->at - e->at - skip)
		return bad_member(z, e, "lies outside");
	if (little16(p + 26) != e->name_len ||
	    (little16(p + 6) & 1) != (e->flags & 1) ||
	    little16(p + 8) != e->method || !agrees(load_le32(p + 14), e->crc) ||
	    !agrees(load_le32(p + 18), e->packed) ||
	    !agrees(load_le32(p + 22), e->size))
		return bad_member(z, e, "is another in the directory");
	name = malloc(e->name_len + 1);
	if (name == NULL)
		return ckpt_fail_memory(z->rd);
	same = get(z, e->at + LOCAL, name, e->name_len);
	if (same == 0 && memcmp(name, e->name, e->name_len) != 0)
		same = bad_member(z, e, "has another name in the directory");
	free(name);
	range.end += skip + e->packed;
	if (same == 0 && ckpt_buffer_add(&z->ranges, &range, sizeof range) < 0)
		same = ckpt_fail_memory(z->rd);
	return same;
}

static int
check_entry(struct zip *z, size_t *at)
{
	const unsigned char *p = z->directory.p + *at;
	size_t left = z->directory.n - *at, extra, all;
	struct entry e;

	if (left < ENTRY || !is(p, "\1\2"))
		return bad(z, "a bad entry in its directory");
	e = (struct entry){ .flags = little16(p + 8),
	    .method = little16(p + 10), .crc = load_le32(p + 16),
	    .packed = load_le32(p + 20), .size = load_le32(p + 24),
	    .name_len = little16(p + 28), .at = load_le32(p + 42),
	    .name = p + ENTRY };
	extra = little16(p + 30);
	all = ENTRY + e.name_len + extra + little16(p + 32);
	if (all > left)
		return bad(z, "an entry past the end of its directory");
	*at += all;
	if (e.name_len == 0 || memchr(e.name, 0, e.name_len))
		return bad(z, "a member without a name, or with NUL in it");
	if (widen(z, &e, e.name + e.name_len, extra) < 0)
		return -1;
	if (e.flags & 1)
		return bad_member(z, &e, "encrypted");
	if (e.method != STORED && e.method != DEFLATED)
		return bad_member(z, &e, "neither stored nor deflated");
	if (e.method == STORED ? e.size != e.packed :
	    e.size / RATIO > e.packed)
		return bad_member(z, &e, "a size that cannot be");
	return check_local(z, &e);
}

static int
by_place(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

int
ckpt_zip_check(struct ckpt_rd *rd, struct ckpt_input *in)
{
	struct zip z = { .rd = rd, .in = in };
	struct range *range;
	size_t at = 0;
	int r = read_directory(&z);

	for (uint64_t i = 0; i < z.count && r == 0; i++)
		r = check_entry(&z, &at);
	if (r == 0 && at != z.directory.n)
		r = bad(&z, "more in its directory than it counts");
	range = (struct range *)z.ranges.p;
	if (r == 0 && z.count > 0)
		qsort(range, z.count, sizeof *range, by_place);
	for (uint64_t i = 1; i < z.count && r == 0; i++)
		if (range[i].at < range[i - 1].end)
			r = bad(&z, "members overlap");
	free(z.directory.p);
	free(z.ranges.p);
	return r;
}
