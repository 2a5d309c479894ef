/* zstd_block.c - a zstd frame or a piece of one, compressed and decoded */
#include <stdlib.h>

#include "zstd_block.h"

void
ckpt_block_decode(void *block)
{
	struct ckpt_block *b = block;

	b->ends = ZSTD_findFrameCompressedSize(b->z, b->zn);
	b->result = ZSTD_decompressDCtx(b->zstd, b->p, b->n, b->z, b->zn);
}

static int
resize_buffer(unsigned char **p, size_t *room, size_t n)
{
	unsigned char *q;

	if (n <= *room)
		return 0;
	q = realloc(*p, n);
	if (q == NULL)
		return -1;
	*p = q;
	*room = n;
	return 0;
}

struct ckpt_block *
ckpt_block_get(struct ckpt_block **unused, size_t zroom, size_t room)
{
	struct ckpt_block *b = *unused;

	if (b) {
		*unused = b->next;
	} else {
		b = calloc(1, sizeof *b);
		if (b == NULL)
			return NULL;
		b->zstd = ZSTD_createDCtx();
	}
	if (b->zstd == NULL || resize_buffer(&b->z, &b->zroom, zroom) < 0 ||
	    resize_buffer(&b->p, &b->room, room) < 0) {
		ckpt_block_free(b);
		return NULL;
	}
	return b;
}

void
ckpt_block_put(struct ckpt_block **unused, struct ckpt_block *b)
{
	/* do not keep huge buffers */
	if (b->room > 4u << 20) {
		ckpt_block_free(b);
		return;
	}
	b->next = *unused;
	*unused = b;
}

void
ckpt_block_free(struct ckpt_block *b)
{
	if (b == NULL)
		return;
	ZSTD_freeDCtx(b->zstd);
	free(b->z);
	free(b->p);
	free(b);
}
