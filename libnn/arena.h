/* arena.h - memory that is given out piecemeal and taken back all at once */
#ifndef NN_ARENA_H
#define NN_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *last;	/* where new pieces come from */
	size_t		 used;		/* in all chunks, since the last reset */
};

/* size bytes at a multiple of 64, undefined; NULL when memory is gone. */
void	*arena_get(struct arena *, size_t size);

/* Takes everything back; the next round fits into one chunk. */
void	 arena_reset(struct arena *);
void	 arena_free(struct arena *);

#endif
