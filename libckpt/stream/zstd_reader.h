/*
 * zstd_reader.h - the plain layer of a ckpt/1 input, whether or not zstd wraps it
 *
 * Inside libckpt. Marked frames are decoded ahead by a pool and hopped over
 * when skipped; any other framing is decoded as it comes. Errors have been
 * told to the reader by ckpt_fail when a function returns -1.
 */
#ifndef CKPT_ZSTD_READER_H
#define CKPT_ZSTD_READER_H

#include "base/input.h"
#include "ckpt.h"

struct ckpt_zstd_reader;

/* in stays the caller's. NULL when memory or threads are gone. */
struct ckpt_zstd_reader	*ckpt_zstd_reader_open(struct ckpt_rd *,
	    struct ckpt_input *, int threads);
void		 ckpt_zstd_reader_close(struct ckpt_zstd_reader *);

/* The next n bytes will be taken: they may be decoded ahead. */
void	ckpt_zstd_reader_prefetch(struct ckpt_zstd_reader *, uint64_t n);

/* Consume up to n bytes (n at most 64 MiB) and point to them, until the next
 * call. Fewer only where the input ends. The count, or -1. */
ptrdiff_t	ckpt_zstd_reader_take(struct ckpt_zstd_reader *,
	    const unsigned char **, size_t n);

/* Consume n bytes unseen. 1, 0 if the input ends before, -1. */
int	ckpt_zstd_reader_skip(struct ckpt_zstd_reader *, uint64_t n);

bool		ckpt_zstd_reader_is_wrapped(const struct ckpt_zstd_reader *);
uint64_t	ckpt_zstd_reader_unknown_frames(const struct ckpt_zstd_reader *);

#endif
