/*
 * heap.h - a binary heap in an array: the element that precedes all others is
 * the first
 *
 * before(arg, a, b) says whether element a precedes b. The functions are inline
 * so that size and order are constants where they are called.
 */
#ifndef CKPT_HEAP_H
#define CKPT_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef bool	ckpt_heap_order(const void *arg, const void *a, const void *b);

/* Add x to a heap of n elements; there is room for one more. */
static inline void
ckpt_heap_push(void *heap, size_t n, size_t size, const void *x,
    ckpt_heap_order *before, const void *arg)
{
	char *h = heap;
	size_t i = n;

	for (; i && before(arg, x, h + (i - 1) / 2 * size); i = (i - 1) / 2)
		memcpy(h + i * size, h + (i - 1) / 2 * size, size);
	memcpy(h + i * size, x, size);
}

/* Remove the first of n > 0 elements. */
static inline void
ckpt_heap_pop(void *heap, size_t n, size_t size, ckpt_heap_order *before,
    const void *arg)
{
	char *h = heap;
	const char *last = h + (n - 1) * size;
	size_t i = 0, k;

	for (; (k = 2 * i + 1) < n - 1; i = k) {
		if (k + 2 < n && before(arg, h + (k + 1) * size, h + k * size))
			k++;
		if (!before(arg, h + k * size, last))
			break;
		memcpy(h + i * size, h + k * size, size);
	}
	memmove(h + i * size, last, size);
}

#endif
