/*
 * arena.h - memory that is given out piecemeal and taken back all at once, or
 * all since a mark
 */
#ifndef NN_ARENA_H
#define NN_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *last;	/* where new pieces come from */
	size_t		 used, most;	/* in all chunks; the most since reset */
	bool		 grew;
};

/* size bytes at a multiple of 64, undefined; NULL when memory is gone. */
void	*arena_get(struct arena *, size_t size);

struct arena_mark { struct arena_chunk *last; size_t in_last, used; };
struct arena_mark	arena_mark(const struct arena *);

/* Takes back what was given out since the mark. */
void	 arena_release(struct arena *, struct arena_mark);

/* Takes everything back; the next round fits into one chunk. */
void	 arena_reset(struct arena *);
void	 arena_free(struct arena *);

#endif
