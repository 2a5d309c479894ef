/*
 * zstd_frame.h - the zstd frames of an input, one after the other
 *
 * Marks and other skippable frames are skipped. When a function returns -1,
 * ckpt_fail was called.
 */
#ifndef CKPT_ZSTD_FRAME_H
#define CKPT_ZSTD_FRAME_H

#include "base/input.h"
#include "ckpt.h"

#define FRAME_UNKNOWN	UINT64_MAX

/* Whether these four bytes begin a zstd frame, or one to be skipped. */
bool	ckpt_frame_has_magic(const unsigned char *p);

/* The next frame, of which nothing was consumed. */
struct ckpt_frame {
	struct ckpt_rd	*rd;		/* for ckpt_fail */
	struct ckpt_input *in;
	bool		 known;		/* found; clear it when consumed */
	bool		 marked;
	uint64_t	 zn;		/* compressed bytes, if marked */
	uint64_t	 content;	/* decoded bytes, or FRAME_UNKNOWN */
	bool		 skipped;	/* one was skipped: a mark must follow */
	uint64_t	 unknown;	/* skippable frames of unknown kind */
};

/* Find the next zstd frame. 1, 0 at the end of the input, -1. */
int	ckpt_frame_find(struct ckpt_frame *);

/* Skip n bytes of the input; what names them in messages. 0 or -1. */
int	ckpt_frame_skip(struct ckpt_frame *, uint64_t n, const char *what);

#endif
