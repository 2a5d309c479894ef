/*
 * zstd_writer.h - bytes of the plain layer out, as they are or in zstd frames
 *
 * Inside libckpt. Frames are compressed by a pool and written in order.
 */
#ifndef CKPT_ZSTD_WRITER_H
#define CKPT_ZSTD_WRITER_H

#include <stddef.h>

struct ckpt_zstd_writer;

/* level 0: the plain layer itself. NULL when memory or threads are gone. */
struct ckpt_zstd_writer	*ckpt_zstd_writer_open(int fd, int level, int threads);
void		 ckpt_zstd_writer_close(struct ckpt_zstd_writer *);

/* One frame: n bytes that begin a record (kind 'H') or go on with a body
 * ('B'); they are copied. 0, or -1 with errno. */
int	ckpt_zstd_writer_put(struct ckpt_zstd_writer *, char kind, const void *,
	    size_t n);

/*
 * One frame with a chunk of a body: xored with base unless that is NULL, then
 * as byte planes of size-byte elements if size is not 0, then pad zeros. raw
 * and base must stay until ckpt_zstd_writer_flush.
 */
int	ckpt_zstd_writer_put_chunk(struct ckpt_zstd_writer *,
	    const unsigned char *raw,
	    const unsigned char *base, size_t n, size_t size, size_t pad);

/* Everything so far has been given to the system. 0, or -1 with errno. */
int	ckpt_zstd_writer_flush(struct ckpt_zstd_writer *);

#endif
