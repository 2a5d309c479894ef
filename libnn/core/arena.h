/*
 * arena.h - an arena allocator: memory that is freed all at once, or all that
 * was allocated since a mark
 */
#ifndef NN_ARENA_H
#define NN_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct nn_arena_chunk;

struct nn_arena {
	struct nn_arena_chunk *last;	/* which allocations are made from */
	size_t		 used, peak;	/* bytes of all chunks, since reset */
	bool		 grew;		/* to more than one chunk */
};

/* size bytes, undefined, aligned to 64; NULL: out of memory. */
void	*nn_arena_alloc(struct nn_arena *, size_t size);

struct nn_arena_mark { struct nn_arena_chunk *last; size_t in_last, used; };
struct nn_arena_mark	nn_arena_get_mark(const struct nn_arena *);

/* Free what was allocated since the mark. */
void	 nn_arena_release(struct nn_arena *, struct nn_arena_mark);

/* Free everything, and reserve one chunk that would have held all of it. */
void	 nn_arena_reset(struct nn_arena *);
void	 nn_arena_free(struct nn_arena *);

#endif
