/*
 * zstd_reader.h - the plain layer of a ckpt/1 input, whether or not zstd wraps it
 *
 * Inside libckpt. Marked frames are decoded ahead by a pool and hopped over
 * when skipped; any other framing is decoded as it comes. Errors have been
 * told to the reader by ckpt_fail when a function returns -1.
 */
#ifndef CKPT_SRC_H
#define CKPT_SRC_H

#include "base/input.h"
#include "ckpt.h"

struct src;

/* in stays the caller's. NULL when memory or threads are gone. */
struct src	*src_open(struct ckpt_rd *, struct in *, int threads);
void		 src_close(struct src *);

/* The next n bytes will be taken: they may be decoded ahead. */
void	src_want(struct src *, uint64_t n);

/* Consume up to n bytes (n at most 64 MiB) and point to them, until the next
 * call. Fewer only where the input ends. The count, or -1. */
ptrdiff_t	src_take(struct src *, const unsigned char **, size_t n);

/* Consume n bytes unseen. 1, 0 if the input ends before, -1. */
int	src_skip(struct src *, uint64_t n);

bool		src_is_wrapped(const struct src *);
uint64_t	src_unknown_frames(const struct src *);

#endif
