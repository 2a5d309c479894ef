/*
 * buffer.h - growable arrays: of bytes, and of elements of any type
 *
 * Functions return 0, or -1 if out of memory, unless described otherwise.
 */
#ifndef CKPT_BUFFER_H
#define CKPT_BUFFER_H

#include <stddef.h>

/* A buffer of bytes, empty if all is 0. Freed with free(p). */
struct ckpt_buffer {
	unsigned char	*p;
	size_t		 n;		/* bytes in use */
	size_t		 room;		/* bytes allocated */
};

/* Make room for n more bytes: the allocation doubles, or grows to what is
 * needed if that is more. */
int	ckpt_buffer_reserve(struct ckpt_buffer *, size_t n);

/* Append n bytes. */
int	ckpt_buffer_add(struct ckpt_buffer *, const void *, size_t n);

/* Of strings in the buffer, each with its NUL, the one at *at, which becomes the
 * place of the next. NULL at the end. */
const char	*ckpt_buffer_string(const struct ckpt_buffer *, size_t *at);

/* Make room for element n, counted from 0, of an array of *room elements of
 * this size: the allocation doubles. array is the address of the pointer. */
int	ckpt_grow(void *array, size_t n, size_t *room, size_t size);

#endif
