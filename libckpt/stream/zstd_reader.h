/*
 * zstd_reader.h - the plain layer of a ckpt/1 input, compressed by zstd or not
 *
 * Frames with marks are decoded ahead by a thread pool, or skipped without
 * being decoded; any other framing is decoded as a stream. When a function
 * returns -1, ckpt_fail was called.
 */
#ifndef CKPT_ZSTD_READER_H
#define CKPT_ZSTD_READER_H

#include "base/input.h"
#include "ckpt.h"

struct ckpt_zstd_reader;

/* The input remains the caller's. NULL if out of memory or threads. */
struct ckpt_zstd_reader	*ckpt_zstd_reader_open(struct ckpt_rd *,
			    struct ckpt_input *, int threads);
void	ckpt_zstd_reader_close(struct ckpt_zstd_reader *);

/* The next n bytes will be read, so they may be decoded ahead. */
void	ckpt_zstd_reader_prefetch(struct ckpt_zstd_reader *, uint64_t n);

/* Consume up to n bytes, at most 64 MiB, and point to them, until the next
 * call; fewer only at the end of the input. The count, or -1. */
ptrdiff_t	ckpt_zstd_reader_take(struct ckpt_zstd_reader *,
		    const unsigned char **, size_t n);

/* Skip n bytes. 1, 0 if the input ends before, -1. */
int	ckpt_zstd_reader_skip(struct ckpt_zstd_reader *, uint64_t n);

/* Is the input compressed? */
bool	ckpt_zstd_reader_is_wrapped(const struct ckpt_zstd_reader *);

/* Skippable frames of unknown kind so far. */
uint64_t	ckpt_zstd_reader_unknown_frames(const struct ckpt_zstd_reader *);

#endif
