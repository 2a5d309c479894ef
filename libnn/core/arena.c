/* arena.c - an arena allocator, in chunks of at least 1 MiB */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "arena.h"

enum { ALIGN = 64, CHUNK = 1 << 20 };

struct nn_arena_chunk {
	struct nn_arena_chunk *previous;
	size_t		 size, used;
	unsigned char	*bytes;
};

static struct nn_arena_chunk *
add_chunk(struct nn_arena *a, size_t size)
{
	struct nn_arena_chunk *c = malloc(sizeof *c);

	if (c == NULL)
		return NULL;
	c->bytes = aligned_alloc(ALIGN, size);
	if (c->bytes == NULL) {
		free(c);
		return NULL;
	}
	c->size = size;
	c->used = 0;
	c->previous = a->last;
	a->last = c;
	return c;
}

static void
free_chunk(struct nn_arena *a)
{
	struct nn_arena_chunk *c = a->last;

	a->last = c->previous;
	free(c->bytes);
	free(c);
}

void *
nn_arena_alloc(struct nn_arena *a, size_t size)
{
	struct nn_arena_chunk *c = a->last;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGN) / ALIGN * ALIGN;
	if (c == NULL || size > c->size - c->used)
		c = add_chunk(a, size > CHUNK ? size : CHUNK);
	a->grew |= c && c->previous;
	if (c == NULL)
		return NULL;
	p = c->bytes + c->used;
	c->used += size;
	a->used += size;
	if (a->used > a->peak)
		a->peak = a->used;
	return p;
}

struct nn_arena_mark
nn_arena_get_mark(const struct nn_arena *a)
{
	return (struct nn_arena_mark){ a->last, a->last ? a->last->used : 0,
		a->used };
}

void
nn_arena_release(struct nn_arena *a, struct nn_arena_mark m)
{
	while (a->last != m.last)
		free_chunk(a);
	if (a->last)
		a->last->used = m.in_last;
	a->used = m.used;
}

void
nn_arena_reset(struct nn_arena *a)
{
	/* One chunk instead of several: the next step then uses the same
	 * addresses, which are in the caches. malloc would keep the memory of
	 * the several ones but for the trim. */
	if (a->grew) {
		nn_arena_free(a);
		malloc_trim(0);
		add_chunk(a, a->peak);
	}
	if (a->last)
		a->last->used = 0;
	a->used = a->peak = 0;
	a->grew = false;
}

void
nn_arena_free(struct nn_arena *a)
{
	while (a->last)
		free_chunk(a);
	a->used = 0;
}
