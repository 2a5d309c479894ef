/* zstd_reader.c - the plain layer of a ckpt/1 input, compressed by zstd or not */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "base/thread_pool.h"
#include "format.h"
#include "zstd_block.h"
#include "zstd_frame.h"
#include "zstd_reader.h"

enum {
	PIECE = 1 << 17,	/* decoded at once, at most, of unmarked frames */
	AHEAD = 32 << 20,	/* decoded bytes that may wait */
	MARKED_MAX = (64 << 20) + (1 << 21)	/* a chunk and a head */
};

struct ckpt_zstd_reader {
	struct ckpt_rd	*rd;
	struct ckpt_input	*in;
	bool		 wrapped;
	struct ckpt_pool	*pool;
	size_t		 queued;	/* decoded bytes in the pool */
	uint64_t	 want;
	struct ckpt_frame	 frame;		/* the next in the input */
	bool		 streaming;	/* inside an unmarked frame */
	uint64_t	 streamed;	/* compressed bytes of it so far */
	ZSTD_DCtx	*stream;
	struct ckpt_block	*now;		/* the block being consumed */
	struct ckpt_block	*spare;		/* not in use */
	struct ckpt_buffer	 gather;	/* bytes that cross blocks */
};

struct ckpt_zstd_reader *
ckpt_zstd_reader_open(struct ckpt_rd *rd, struct ckpt_input *in, int threads)
{
	struct ckpt_zstd_reader *s = calloc(1, sizeof *s);
	const unsigned char *p;
	size_t n = 4;

	if (s == NULL)
		return NULL;
	s->rd = rd;
	s->in = in;
	s->frame = (struct ckpt_frame){ .rd = rd, .in = in };
	s->wrapped = ckpt_input_peek(in, &p, &n) == 0 && n == 4 &&
	    memcmp(p, "ckpt", 4) != 0;
	if (s->wrapped) {
		s->pool = ckpt_pool_open(threads, ckpt_block_decode);
		if (s->pool == NULL) {
			free(s);
			return NULL;
		}
	}
	return s;
}

void
ckpt_zstd_reader_close(struct ckpt_zstd_reader *s)
{
	struct ckpt_block *b;

	if (s == NULL)
		return;
	if (s->pool)
		while ((b = ckpt_pool_pull(s->pool)))
			ckpt_block_free(b);
	ckpt_pool_close(s->pool);
	ckpt_block_free(s->now);
	while ((b = s->spare)) {
		s->spare = b->next;
		ckpt_block_free(b);
	}
	ZSTD_freeDCtx(s->stream);
	free(s->gather.p);
	free(s);
}

void
ckpt_zstd_reader_prefetch(struct ckpt_zstd_reader *s, uint64_t n)
{
	s->want = n;
}

bool
ckpt_zstd_reader_is_wrapped(const struct ckpt_zstd_reader *s)
{
	return s->wrapped;
}

uint64_t
ckpt_zstd_reader_unknown_frames(const struct ckpt_zstd_reader *s)
{
	return s->frame.unknown;
}

/* Can the next frame be decoded whole by the pool: are its sizes known, small
 * and plausible for each other? */
static bool
is_poolable(const struct ckpt_frame *f)
{
	return f->marked && f->content <= MARKED_MAX &&
	    f->zn <= ZSTD_compressBound(f->content);
}

/* Read the compressed bytes of the next frame and give them to the pool. */
static int
queue_frame(struct ckpt_zstd_reader *s)
{
	size_t zn = s->frame.zn, n = s->frame.content;
	/* zstd needs a destination for empty frames too */
	struct ckpt_block *b = ckpt_block_get(&s->spare, zn + 1, n + 1);
	ptrdiff_t got;

	if (b == NULL)
		return ckpt_fail_memory(s->rd);
	b->zn = zn;
	b->n = n;
	b->at = 0;
	got = ckpt_input_read(s->in, b->z, zn);
	if (got < 0 || (size_t)got < zn) {
		ckpt_block_free(b);
		return got < 0 ? ckpt_fail_errno(s->rd) : ckpt_fail(s->rd,
		    CKPT_CUT, "cut short in a frame: wanted %zu bytes, got %td", zn, got);
	}
	s->frame.known = false;
	if (ckpt_pool_push(s->pool, b) < 0) {
		ckpt_block_free(b);
		return ckpt_fail_memory(s->rd);
	}
	s->queued += b->n;
	return 0;
}

/* Keep the pool busy with frames that will be needed. */
static int
queue_ahead(struct ckpt_zstd_reader *s)
{
	size_t depth = 2 * (size_t)ckpt_pool_size(s->pool);

	if (ckpt_pool_size(s->pool) == 1)
		return 0;
	while (s->queued < s->want && s->queued < AHEAD && !s->streaming &&
	    ckpt_pool_waiting(s->pool) < depth) {
		int r = ckpt_frame_find(&s->frame);

		if (r < 0)
			return -1;
		if (r == 0 || !is_poolable(&s->frame))
			break;
		if (queue_frame(s) < 0)
			return -1;
	}
	return 0;
}

static int
fail_zstd(struct ckpt_zstd_reader *s, size_t code)
{
	return ckpt_fail(s->rd, CKPT_BAD, "zstd: %s", ZSTD_getErrorName(code));
}

/* Decode the next piece of a frame as a stream. */
static int
decode_piece(struct ckpt_zstd_reader *s)
{
	ZSTD_outBuffer out;
	struct ckpt_block *b;
	size_t left;

	if (s->stream == NULL) {
		s->stream = ZSTD_createDCtx();
		if (s->stream == NULL)
			return ckpt_fail_memory(s->rd);
		ZSTD_DCtx_setParameter(s->stream, ZSTD_d_windowLogMax, 27);
	}
	b = ckpt_block_get(&s->spare, 0, PIECE);
	if (b == NULL)
		return ckpt_fail_memory(s->rd);
	b->at = b->n = 0;
	s->now = b;
	out = (ZSTD_outBuffer){ b->p, PIECE, 0 };
	do {
		const unsigned char *p;
		size_t n = 1;
		ZSTD_inBuffer in;

		if (ckpt_input_peek_arrived(s->in, &p, &n) < 0)
			return ckpt_fail_errno(s->rd);
		in = (ZSTD_inBuffer){ p, n, 0 };
		left = ZSTD_decompressStream(s->stream, &out, &in);
		if (ZSTD_isError(left))
			return fail_zstd(s, left);
		ckpt_input_skip(s->in, in.pos);
		s->streamed += in.pos;
		if (left != 0 && n == 0 && out.pos < out.size)
			return ckpt_fail(s->rd, CKPT_CUT,
			    "cut short in a frame");
		/* more may arrive only when what is decoded was used */
	} while (left != 0 && out.pos == 0);
	b->n = out.pos;
	if (left == 0) {
		s->streaming = false;
		if (s->frame.marked && s->streamed != s->frame.zn)
			return ckpt_fail(s->rd, CKPT_BAD, "mark says %" PRIu64
			    " bytes, the frame has %" PRIu64, s->frame.zn,
			    s->streamed);
		s->frame.known = false;
	}
	return 1;
}

/* Take the oldest decoded frame from the pool. */
static int
pull_block(struct ckpt_zstd_reader *s)
{
	struct ckpt_block *b = ckpt_pool_pull(s->pool);

	s->now = b;
	s->queued -= b->n;
	if (ZSTD_isError(b->ends) || ZSTD_isError(b->result))
		return fail_zstd(s, ZSTD_isError(b->ends) ? b->ends :
		    b->result);
	if (b->ends != b->zn)
		return ckpt_fail(s->rd, CKPT_BAD, "mark says %zu bytes, "
		    "the frame has %zu", b->zn, b->ends);
	if (b->result != b->n)
		return ckpt_fail(s->rd, CKPT_BAD, "frame says it holds %zu "
		    "bytes, it holds %zu", b->n, b->result);
	return 1;
}

/* Make s->now a block with bytes left. 1, 0 at the end of the input, -1. */
static int
next_block(struct ckpt_zstd_reader *s)
{
	while (s->now == NULL || s->now->at == s->now->n) {
		int r;

		if (s->now) {
			ckpt_block_put(&s->spare, s->now);
			s->now = NULL;
		}
		if (s->streaming) {
			r = decode_piece(s);
		} else if (queue_ahead(s) < 0) {
			return -1;
		} else if (ckpt_pool_waiting(s->pool) > 0) {
			r = pull_block(s);
		} else {
			r = ckpt_frame_find(&s->frame);
			if (r == 0)
				return 0;
			s->streaming = r == 1 && !is_poolable(&s->frame);
			s->streamed = 0;
			if (r == 1 && !s->streaming)
				r = queue_frame(s);
		}
		if (r < 0)
			return -1;
	}
	return 1;
}

static size_t
consume_block(struct ckpt_zstd_reader *s, uint64_t n)
{
	struct ckpt_block *b = s->now;
	size_t part = b->n - b->at;

	if (part > n)
		part = n;
	b->at += part;
	s->want -= part < s->want ? part : s->want;
	return part;
}

static ptrdiff_t
take_unwrapped(struct ckpt_zstd_reader *s, const unsigned char **p, size_t n)
{
	ptrdiff_t got;

	if (n <= PIECE / 2) {
		if (ckpt_input_peek(s->in, p, &n) < 0)
			return ckpt_fail_errno(s->rd);
		ckpt_input_skip(s->in, n);
		return (ptrdiff_t)n;
	}
	s->gather.n = 0;
	while (s->gather.n < n) {
		size_t part = n - s->gather.n;

		if (part > 1 << 20)
			part = 1 << 20;
		if (ckpt_buffer_reserve(&s->gather, part) < 0)
			return ckpt_fail_memory(s->rd);
		got = ckpt_input_read(s->in, s->gather.p + s->gather.n, part);
		if (got < 0)
			return ckpt_fail_errno(s->rd);
		s->gather.n += got;
		if ((size_t)got < part)
			break;
	}
	*p = s->gather.p;
	return (ptrdiff_t)s->gather.n;
}

ptrdiff_t
ckpt_zstd_reader_take(struct ckpt_zstd_reader *s, const unsigned char **p,
    size_t n)
{
	int r;

	if (!s->wrapped)
		return take_unwrapped(s, p, n);
	r = next_block(s);
	if (r <= 0)
		return r;
	*p = s->now->p + s->now->at;
	if (s->now->n - s->now->at >= n)
		return (ptrdiff_t)consume_block(s, n);
	s->gather.n = 0;
	while (s->gather.n < n && (r = next_block(s)) == 1) {
		const unsigned char *q = s->now->p + s->now->at;

		if (ckpt_buffer_add(&s->gather, q, consume_block(s,
		    n - s->gather.n)) < 0)
			return ckpt_fail_memory(s->rd);
	}
	if (r < 0)
		return -1;
	*p = s->gather.p;
	return (ptrdiff_t)s->gather.n;
}

int
ckpt_zstd_reader_skip(struct ckpt_zstd_reader *s, uint64_t n)
{
	if (!s->wrapped) {
		int r = ckpt_input_skip(s->in, n);

		return r < 0 ? ckpt_fail_errno(s->rd) : r;
	}
	s->want = 0;
	while (n > 0) {
		int r = 1;

		if (s->streaming || ckpt_pool_waiting(s->pool) > 0 ||
		    (s->now && s->now->at < s->now->n)) {
			r = next_block(s);
			if (r == 1)
				n -= consume_block(s, n);
		} else if ((r = ckpt_frame_find(&s->frame)) == 1) {
			if (s->frame.marked && s->frame.content <= n) {
				if (ckpt_frame_skip(&s->frame, s->frame.zn,
				    "a frame") < 0)
					return -1;
				n -= s->frame.content;
				s->frame.known = false;
			} else if ((r = next_block(s)) == 1) {
				n -= consume_block(s, n);
			}
		}
		if (r <= 0)
			return r;
	}
	return 1;
}
