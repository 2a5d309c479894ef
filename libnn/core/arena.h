/*
 * arena.h - memory that is given out piecemeal and taken back all at once, or
 * all since a mark
 */
#ifndef NN_ARENA_H
#define NN_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct nn_arena {
	struct arena_chunk *last;	/* where new pieces come from */
	size_t		 used, most;	/* in all chunks; the most since reset */
	bool		 grew;
};

/* size bytes at a multiple of 64, undefined; NULL when memory is gone. */
void	*nn_arena_alloc(struct nn_arena *, size_t size);

struct nn_arena_mark { struct arena_chunk *last; size_t in_last, used; };
struct nn_arena_mark	nn_arena_mark(const struct nn_arena *);

/* Takes back what was given out since the mark. */
void	 nn_arena_release(struct nn_arena *, struct nn_arena_mark);

/* Takes everything back; the next round fits into one chunk. */
void	 nn_arena_reset(struct nn_arena *);
void	 nn_arena_free(struct nn_arena *);

#endif
