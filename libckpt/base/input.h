/*
 * input.h - read a file or a pipe forward, with look-ahead, skipping, seeks
 *
 * Functions return -1 or NULL, with errno, on an I/O error.
 */
#ifndef CKPT_INPUT_H
#define CKPT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ckpt_input;

/* Open a file; "-" is standard input. */
struct ckpt_input	*ckpt_input_open(const char *path);

/* Read at most limit bytes from fd, from its present offset. fd is closed with
 * the input; if this fails, it is not. */
struct ckpt_input	*ckpt_input_from_fd(int fd, uint64_t limit);

/* Read with a function that works as read(2) does. */
struct ckpt_input	*ckpt_input_from_callback(ptrdiff_t (*read)(void *arg,
			    void *, size_t n), void *arg);
void	ckpt_input_close(struct ckpt_input *);

/* Look at the next *n bytes (at most 64 KiB) without consuming them; *n becomes
 * less only at the end of the input. 0, or -1. */
int	ckpt_input_peek(struct ckpt_input *, const unsigned char **p,
	    size_t *n);

/* The same, but *n becomes more if more bytes have arrived already. */
int	ckpt_input_peek_arrived(struct ckpt_input *, const unsigned char **p,
	    size_t *n);

/* Whether the next byte can be read, or the end found, without waiting. */
bool	ckpt_input_is_ready(const struct ckpt_input *);

/* Read n bytes, fewer only at the end of the input. Returns how many, or -1. */
ptrdiff_t	ckpt_input_read(struct ckpt_input *, void *, size_t n);

/* Skip n bytes: seeks in a file, reads from a pipe. 1; 0 if the input ends
 * before; or -1. */
int	ckpt_input_skip(struct ckpt_input *, uint64_t n);

/* Seek to an offset in a regular file. 0, or -1 (ESPIPE for a pipe). */
int	ckpt_input_seek(struct ckpt_input *, uint64_t offset);

/* Read n bytes at an offset of a regular file, fewer only at its end, without
 * consuming any. Returns how many, or -1. */
ptrdiff_t	ckpt_input_read_at(const struct ckpt_input *, uint64_t offset,
		    void *, size_t n);

/* The number of bytes consumed. */
uint64_t	ckpt_input_tell(const struct ckpt_input *);

/* The size of a regular file; UINT64_MAX for other inputs. */
uint64_t	ckpt_input_size(const struct ckpt_input *);

#endif
