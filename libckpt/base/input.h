/*
 * input.h - bytes of a file or a pipe, read forward, with look-ahead
 *
 * Functions return -1 for an error of the system, in errno.
 */
#ifndef CKPT_INPUT_H
#define CKPT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ckpt_input;

/* "-" is standard input. NULL, with errno, if path cannot be opened. */
struct ckpt_input	*ckpt_input_open(const char *path);

/* At most so many bytes of the file that fd is open on, from its offset; fd is
 * closed with the input. */
struct ckpt_input	*ckpt_input_from_fd(int fd, uint64_t most);

/* Bytes that a function returns as read(2) does. */
struct ckpt_input	*ckpt_input_from_callback(
			    ptrdiff_t (*read)(void *arg, void *, size_t n),
			    void *arg);
void	ckpt_input_close(struct ckpt_input *);

/* A pointer to the next *n bytes (n at most 64 KiB), which are not consumed;
 * *n is less only at the end of the input. 0 or -1. */
int	ckpt_input_peek(struct ckpt_input *, const unsigned char **p,
	    size_t *n);

/* Consume up to n bytes; fewer only at the end. The count, or -1. */
ptrdiff_t	ckpt_input_read(struct ckpt_input *, void *, size_t n);

/* Skip n bytes: by seeking in a file, by reading from a pipe. 1, 0 if the input
 * ends before, -1. */
int	ckpt_input_skip(struct ckpt_input *, uint64_t n);

/* Go to an offset of a regular file. 0, or -1 (ESPIPE for a pipe). */
int	ckpt_input_seek(struct ckpt_input *, uint64_t offset);

/* Up to n bytes at an offset of a regular file, without moving; fewer only at
 * its end. The count, or -1. */
ptrdiff_t	ckpt_input_read_at(const struct ckpt_input *, uint64_t offset,
		    void *, size_t n);

/* Bytes consumed; the size of a regular file, UINT64_MAX for others. */
uint64_t	ckpt_input_tell(const struct ckpt_input *);
uint64_t	ckpt_input_size(const struct ckpt_input *);

#endif
