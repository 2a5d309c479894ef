/*
 * input.h - bytes of a file or a pipe, forward, with look-ahead and skipping
 *
 * Inside the libraries only. 1 is success, 0 a proper end, -1 an error of the
 * system, in errno.
 */
#ifndef CKPT_IN_H
#define CKPT_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that grow. Free p. */
struct buf {
	unsigned char	*p;
	size_t		 n;		/* in use */
	size_t		 room;		/* allocated */
};

/* Room for n more bytes; grows to twice at most, or to what is asked.
 * 0, or -1 when memory is gone. */
int	buf_room(struct buf *, size_t n);
int	buf_add(struct buf *, const void *, size_t n);

struct in;

/* "-" is standard input. NULL, with errno, if path cannot be opened. */
struct in	*in_open(const char *path);

/* The file that fd is open on, from where it stands, and at most so many bytes
 * of it; closed with in_close. */
struct in	*in_fd(int fd, uint64_t most);

/* Bytes that read gives, as read(2) does. */
struct in	*in_over(ptrdiff_t (*read)(void *arg, void *, size_t n),
		    void *arg);
void		 in_close(struct in *);

/* A pointer to the next *n bytes (n at most 64 KiB), not consumed; *n is less
 * only at the end of the input. 0, or -1. */
int	in_peek(struct in *, const unsigned char **p, size_t *n);

/* Up to n bytes, consumed; fewer only at the end. The count, or -1. */
ptrdiff_t	in_read(struct in *, void *, size_t n);

/* Pass over n bytes: seek in a file, read and drop in a pipe. 1; 0 if the
 * input ends before; -1. */
int	in_skip(struct in *, uint64_t n);

/* Go to a byte of a regular file. 0, or -1 (ESPIPE on a pipe). */
int	in_seek(struct in *, uint64_t at);

/* Up to n bytes from a place in a regular file, fewer only at its end; what
 * comes next stays what it was. The count, or -1. */
ptrdiff_t	in_at(const struct in *, uint64_t at, void *, size_t n);

uint64_t	in_tell(const struct in *);	/* bytes consumed */
uint64_t	in_size(const struct in *);	/* of a file; UINT64_MAX else */

#endif
