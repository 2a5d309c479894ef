/* buffer.c - growable arrays: of bytes, and of elements of any type */
#include <sys/mman.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

/*
 * Large buffers get huge pages, since new memory costs a page fault for each
 * page. The whole allocation must have pages of one size, or realloc could not
 * move it by remapping.
 */
static void
advise_huge_pages(void *p, size_t n)
{
#ifdef MADV_HUGEPAGE
	enum { PAGE = 1 << 12, HEADER = 2 * sizeof(size_t) };
	uintptr_t start = (uintptr_t)p & -(uintptr_t)PAGE;

	if (n >= 4 << 20)
		madvise((void *)start, (n + HEADER + PAGE - 1) & -(size_t)PAGE,
		    MADV_HUGEPAGE);
#else
	(void)p;
	(void)n;
#endif
}

int
ckpt_buffer_reserve(struct ckpt_buffer *b, size_t n)
{
	size_t want, twice = b->room > SIZE_MAX / 2 ? SIZE_MAX : 2 * b->room;
	unsigned char *p;

	if (b->room - b->n >= n)
		return 0;
	if (__builtin_add_overflow(b->n, n, &want))
		return -1;
	if (want < twice)
		want = twice;
	/* at least one byte, so that p is never NULL after success */
	p = realloc(b->p, want ? want : 1);
	if (p == NULL)
		return -1;
	b->p = p;
	b->room = want;
	advise_huge_pages(p, want);
	return 0;
}

int
ckpt_buffer_add(struct ckpt_buffer *b, const void *p, size_t n)
{
	if (ckpt_buffer_reserve(b, n) < 0)
		return -1;
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	return 0;
}

const char *
ckpt_buffer_string(const struct ckpt_buffer *b, size_t *at)
{
	const char *s;

	if (*at >= b->n)
		return NULL;
	s = (char *)b->p + *at;
	*at += strlen(s) + 1;
	return s;
}

int
ckpt_grow(void *array, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 64;
	void *p;

	if (n < *room)
		return 0;
	memcpy(&p, array, sizeof p);	/* a pointer of any type */
	p = reallocarray(p, more, size);
	if (p == NULL)
		return -1;
	memcpy(array, &p, sizeof p);
	*room = more;
	return 0;
}
