/* arena.c - memory that is given out piecemeal and taken back all at once */
#include <stdint.h>
#include <stdlib.h>

#include "arena.h"

enum { ALIGN = 64, CHUNK = 1 << 20 };

struct arena_chunk {
	struct arena_chunk *before;
	size_t		 size, used;
	unsigned char	*bytes;
};

static struct arena_chunk *
add_chunk(struct arena *a, size_t size)
{
	struct arena_chunk *c = malloc(sizeof *c);

	if (c == NULL)
		return NULL;
	c->bytes = aligned_alloc(ALIGN, size);
	if (c->bytes == NULL) {
		free(c);
		return NULL;
	}
	c->size = size;
	c->used = 0;
	c->before = a->last;
	a->last = c;
	return c;
}

void *
arena_get(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->last;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGN) / ALIGN * ALIGN;
	if (c == NULL || size > c->size - c->used)
		c = add_chunk(a, size > CHUNK ? size : CHUNK);
	if (c == NULL)
		return NULL;
	p = c->bytes + c->used;
	c->used += size;
	a->used += size;
	return p;
}

void
arena_reset(struct arena *a)
{
	size_t used = a->used;

	/* Several chunks become one, which the processor's caches will know
	 * from the second step on. */
	if (a->last && a->last->before) {
		arena_free(a);
		add_chunk(a, used);
	}
	if (a->last)
		a->last->used = 0;
	a->used = 0;
}

void
arena_free(struct arena *a)
{
	struct arena_chunk *c, *before;

	for (c = a->last; c; c = before) {
		before = c->before;
		free(c->bytes);
		free(c);
	}
	a->last = NULL;
	a->used = 0;
}
