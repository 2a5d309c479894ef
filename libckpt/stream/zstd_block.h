/* zstd_block.h - a zstd frame or a piece of one, compressed and decoded */
#ifndef CKPT_ZSTD_BLOCK_H
#define CKPT_ZSTD_BLOCK_H

#include <stddef.h>

#include <zstd.h>

struct ckpt_block {
	unsigned char	*z, *p;
	size_t		 zn, n;
	size_t		 zroom, room;
	size_t		 at;		/* consumed of p */
	size_t		 ends;		/* the length of the frame in z, by zstd */
	size_t		 result;	/* zstd's: n, or an error */
	ZSTD_DCtx	*zstd;
	struct ckpt_block *next;	/* in the list of unused blocks */
};

/* Decode z, a whole frame, into p: a job of a thread pool. */
void	ckpt_block_decode(void *block);

/* A block of the list of unused ones, or a new one, with room for zroom bytes
 * in z and room in p. NULL if out of memory. */
struct ckpt_block	*ckpt_block_get(struct ckpt_block **unused,
			    size_t zroom, size_t room);

/* Put a block into that list, or free it if it is large. */
void	ckpt_block_put(struct ckpt_block **unused, struct ckpt_block *);

void	ckpt_block_free(struct ckpt_block *);

#endif
