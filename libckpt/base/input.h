/*
 * input.h - bytes of a file or a pipe, forward, with look-ahead and skipping
 *
 * Inside the libraries only. 1 is success, 0 a proper end, -1 an error of the
 * system, in errno.
 */
#ifndef CKPT_INPUT_H
#define CKPT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ckpt_input;

/* "-" is standard input. NULL, with errno, if path cannot be opened. */
struct ckpt_input	*ckpt_input_open(const char *path);

/* The file that fd is open on, from where it stands, and at most so many bytes
 * of it; closed with ckpt_input_close. */
struct ckpt_input	*ckpt_input_from_fd(int fd, uint64_t most);

/* Bytes that read gives, as read(2) does. */
struct ckpt_input	*ckpt_input_from_callback(ptrdiff_t (*read)(void *arg,
	    void *, size_t n),
		    void *arg);
void		 ckpt_input_close(struct ckpt_input *);

/* A pointer to the next *n bytes (n at most 64 KiB), not consumed; *n is less
 * only at the end of the input. 0, or -1. */
int	ckpt_input_peek(struct ckpt_input *, const unsigned char **p,
	    size_t *n);

/* Up to n bytes, consumed; fewer only at the end. The count, or -1. */
ptrdiff_t	ckpt_input_read(struct ckpt_input *, void *, size_t n);

/* Pass over n bytes: seek in a file, read and drop in a pipe. 1; 0 if the
 * input ends before; -1. */
int	ckpt_input_skip(struct ckpt_input *, uint64_t n);

/* Go to a byte of a regular file. 0, or -1 (ESPIPE on a pipe). */
int	ckpt_input_seek(struct ckpt_input *, uint64_t at);

/* Up to n bytes from a place in a regular file, fewer only at its end; what
 * comes next stays what it was. The count, or -1. */
ptrdiff_t	ckpt_input_read_at(const struct ckpt_input *, uint64_t at,
	    void *, size_t n);

uint64_t	ckpt_input_tell(const struct ckpt_input *);	/* bytes consumed */
uint64_t	ckpt_input_size(const struct ckpt_input *);	/* of a file; UINT64_MAX else */

#endif
