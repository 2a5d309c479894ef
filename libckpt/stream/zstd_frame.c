/* zstd_frame.c - find the next zstd frame of an input and read its header */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <zstd.h>

#include "base/endian.h"
#include "format.h"
#include "zstd_frame.h"

enum {
	MARK = 20,		/* bytes of a mark */
	FRAME_HEAD = 18		/* of the longest frame header */
};
#define WINDOW_MAX	(128ULL << 20)

static bool
is_skippable(uint32_t magic)
{
	return (magic & ~0xFu) == 0x184D2A50;
}

bool
ckpt_frame_has_magic(const unsigned char *p)
{
	uint32_t magic = load_le32(p);

	return magic == ZSTD_MAGICNUMBER || is_skippable(magic);
}

/* Peek at the next n bytes; fewer means that the input was cut. */
static int
peek_all(struct ckpt_frame *f, const unsigned char **p, size_t n,
    const char *what)
{
	size_t got = n;

	if (ckpt_input_peek(f->in, p, &got) < 0)
		return ckpt_fail_errno(f->rd);
	if (got < n)
		return ckpt_fail(f->rd, CKPT_CUT,
		    "cut short in %s: wanted %zu bytes, got %zu", what, n, got);
	return 0;
}

int
ckpt_frame_skip(struct ckpt_frame *f, uint64_t n, const char *what)
{
	int r = ckpt_input_skip(f->in, n);

	if (r < 0)
		return ckpt_fail_errno(f->rd);
	if (r == 0)
		return ckpt_fail(f->rd, CKPT_CUT,
		    "cut short in %s of %" PRIu64 " bytes", what, n);
	return 0;
}

/* The window size in bytes (RFC 8878, 3.1.1.1.2); a single segment has none. */
static uint64_t
window_size(const unsigned char *head)
{
	uint64_t base;

	if (head[4] & 0x20)
		return 0;
	base = 1ULL << (10 + (head[5] >> 3));
	return base + base / 8 * (head[5] & 7);
}

/* Check the header of the next zstd frame and keep its sizes. */
static int
peek_header(struct ckpt_frame *f)
{
	const unsigned char *p;
	size_t n = FRAME_HEAD;
	unsigned long long content;
	uint64_t window;

	if (ckpt_input_peek(f->in, &p, &n) < 0)
		return ckpt_fail_errno(f->rd);
	window = n < 6 ? 0 : window_size(p);
	if (window > WINDOW_MAX)	/* a better message than libzstd has */
		return ckpt_fail(f->rd, CKPT_LIMIT,
		    "zstd window of %" PRIu64 " bytes, limit %llu", window,
		    WINDOW_MAX);
	content = n < 6 ? ZSTD_CONTENTSIZE_ERROR :
	    ZSTD_getFrameContentSize(p, n);
	if (content == ZSTD_CONTENTSIZE_ERROR)
		return n < FRAME_HEAD ?
		    ckpt_fail(f->rd, CKPT_CUT, "cut short in a frame header") :
		    ckpt_fail(f->rd, CKPT_BAD,
		    "bad frame header at byte %" PRIu64,
		    ckpt_input_tell(f->in));
	if (ZSTD_getDictID_fromFrame(p, n) != 0)
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED,
		    "frame at byte %" PRIu64 " needs a zstd dictionary",
		    ckpt_input_tell(f->in));
	f->content = content == ZSTD_CONTENTSIZE_UNKNOWN ? FRAME_UNKNOWN :
	    content;
	f->known = true;
	return 1;
}

/* Read a mark: keep the size it has and skip it. */
static int
read_mark(struct ckpt_frame *f, const unsigned char *p)
{
	if ((p[14] != 'H' && p[14] != 'B') || p[15] != 0)
		return ckpt_fail(f->rd, CKPT_BAD, "bad mark at byte %" PRIu64,
		    ckpt_input_tell(f->in));
	f->marked = true;
	f->zn = load_le32(p + 16);
	if (ckpt_frame_skip(f, MARK, "a mark") < 0 ||
	    peek_all(f, &p, 4, "the frame after a mark") < 0)
		return -1;
	if (load_le32(p) != ZSTD_MAGICNUMBER)
		return ckpt_fail(f->rd, CKPT_BAD,
		    "no frame follows the mark at byte %" PRIu64,
		    ckpt_input_tell(f->in) - MARK);
	return 0;
}

int
ckpt_frame_find(struct ckpt_frame *f)
{
	if (f->known)
		return 1;
	f->marked = false;
	for (;;) {
		const unsigned char *p;
		size_t n = MARK;
		uint32_t magic, size;
		bool mark, index;

		if (ckpt_input_peek(f->in, &p, &n) < 0)
			return ckpt_fail_errno(f->rd);
		if (n == 0)
			return 0;
		if (n < 4)
			return ckpt_fail(f->rd, CKPT_CUT,
			    "cut short: %zu bytes after the last frame", n);
		magic = load_le32(p);
		size = n >= 8 ? load_le32(p + 4) : 0;
		mark = magic == 0x184D2A5C && n == MARK && size == MARK - 8 &&
		    memcmp(p + 8, "ckpt/1", 6) == 0;
		index = magic == 0x184D2A5D;
		if (mark) {
			if (read_mark(f, p) < 0)
				return -1;
			return peek_header(f);
		}
		if (magic == ZSTD_MAGICNUMBER)
			return peek_header(f);
		if (!is_skippable(magic))
			return ckpt_fail(f->rd, CKPT_BAD,
			    "byte %" PRIu64 ": neither a zstd frame nor a "
			    "skippable one, magic %08" PRIx32,
			    ckpt_input_tell(f->in), magic);
		if (n < 8)
			return ckpt_fail(f->rd, CKPT_CUT,
			    "cut short in a skippable frame");
		if (!index)
			f->unknown++;
		if (ckpt_frame_skip(f, 8 + (uint64_t)size,
		    "a skippable frame") < 0)
			return -1;
	}
}
