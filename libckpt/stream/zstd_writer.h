/*
 * zstd_writer.h - write the plain layer, as it is or in zstd frames
 *
 * Frames are compressed by a thread pool and written in order. Functions return
 * 0, or -1 with errno.
 */
#ifndef CKPT_ZSTD_WRITER_H
#define CKPT_ZSTD_WRITER_H

#include <stddef.h>

struct ckpt_zstd_writer;

/* Level 0 writes the plain layer itself. NULL if out of memory or threads. */
struct ckpt_zstd_writer	*ckpt_zstd_writer_open(int fd, int level,
			    int threads);
void	ckpt_zstd_writer_close(struct ckpt_zstd_writer *);

/* Write a frame of n bytes, which are copied: the start of a record (kind 'H')
 * or a piece of a body ('B'). */
int	ckpt_zstd_writer_put(struct ckpt_zstd_writer *, char kind, const void *,
	    size_t n);

/*
 * Write a frame with a chunk of a body, n bytes: xored with base unless that is
 * NULL, then split into byte planes of size-byte elements unless size is 0,
 * then padded with zeros. raw and base must stay until the next flush.
 */
int	ckpt_zstd_writer_put_chunk(struct ckpt_zstd_writer *,
	    const unsigned char *raw, const unsigned char *base, size_t n,
	    size_t size, size_t padding);

/* Wait until everything was written to the file descriptor. */
int	ckpt_zstd_writer_flush(struct ckpt_zstd_writer *);

#endif
