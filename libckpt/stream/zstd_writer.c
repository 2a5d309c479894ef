/* zstd_writer.c - write the plain layer, as it is or in zstd frames */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "base/atomic_file.h"
#include "base/buffer.h"
#include "base/endian.h"
#include "base/thread_pool.h"
#include "encoding.h"
#include "zstd_writer.h"

enum { MARK = 20 };

struct job {
	struct ckpt_buffer	 own;		/* the plain bytes, if not raw's */
	const unsigned char *raw, *base;
	size_t		 n, size, pad;
	char		 kind;
	int		 level;
	struct ckpt_buffer	 frame;		/* the mark and the frame */
	size_t		 result;	/* zstd's */
	int		 error;		/* errno, or 0 */
	ZSTD_CCtx	*zstd;
	struct job	*next;		/* in the list of spare ones */
};

struct ckpt_zstd_writer {
	int		 fd, level;
	struct ckpt_pool	*pool;
	struct job	*spare;
};

/* The chunk as it is stored, in job->own. */
static int
encode_chunk(struct job *j)
{
	unsigned char *p;

	j->own.n = 0;
	if (ckpt_buffer_reserve(&j->own, 2 * j->n + j->pad) < 0)
		return -1;
	p = j->own.p;
	if (j->base && j->size) {
		memcpy(p + j->n, j->raw, j->n);
		ckpt_xor_bytes(p + j->n, j->base, j->n);
		ckpt_split_planes(p, p + j->n, j->n, j->size);
	} else if (j->size) {
		ckpt_split_planes(p, j->raw, j->n, j->size);
	} else {
		memcpy(p, j->raw, j->n);
		if (j->base)
			ckpt_xor_bytes(p, j->base, j->n);
	}
	memset(p + j->n, 0, j->pad);
	j->own.n = j->n + j->pad;
	return 0;
}

static void
compress_frame(void *job)
{
	struct job *j = job;
	size_t room;
	unsigned char *p;

	j->error = 0;
	if (j->raw && encode_chunk(j) < 0)
		goto no_memory;
	/* Weights have few repeats, and short ones cost more than they save:
	 * at level 1 zstd searches for long ones only, with the smallest table
	 * where there are none. */
	if (j->level == 1)
		ZSTD_CCtx_setParameter(j->zstd, ZSTD_c_hashLog,
		    ckpt_has_repeats(j->own.p, j->own.n) ? 12 : 6);
	room = ZSTD_compressBound(j->own.n);
	j->frame.n = 0;
	if (ckpt_buffer_reserve(&j->frame, MARK + room) < 0)
		goto no_memory;
	p = j->frame.p;
	j->result = ZSTD_compress2(j->zstd, p + MARK, room, j->own.p,
	    j->own.n);
	if (ZSTD_isError(j->result))
		goto no_memory;
	store_le32(p, 0x184D2A5C);
	store_le32(p + 4, MARK - 8);
	memcpy(p + 8, "ckpt/1", 6);
	p[14] = (unsigned char)j->kind;
	p[15] = 0;
	store_le32(p + 16, (uint32_t)j->result);
	j->frame.n = MARK + j->result;
	return;
no_memory:
	j->error = ENOMEM;
}

struct ckpt_zstd_writer *
ckpt_zstd_writer_open(int fd, int level, int threads)
{
	struct ckpt_zstd_writer *k = calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	k->fd = fd;
	k->level = level;
	k->pool = ckpt_pool_open(threads, compress_frame);
	if (k->pool == NULL) {
		free(k);
		return NULL;
	}
	return k;
}

static void
job_free(struct job *j)
{
	if (j == NULL)
		return;
	ZSTD_freeCCtx(j->zstd);
	free(j->own.p);
	free(j->frame.p);
	free(j);
}

static struct job *
job_get(struct ckpt_zstd_writer *k)
{
	struct job *j = k->spare;

	if (j) {
		k->spare = j->next;
		return j;
	}
	j = calloc(1, sizeof *j);
	if (j == NULL)
		return NULL;
	j->zstd = ZSTD_createCCtx();
	if (j->zstd == NULL) {
		free(j);
		return NULL;
	}
	j->level = k->level;
	ZSTD_CCtx_setParameter(j->zstd, ZSTD_c_compressionLevel, k->level);
	ZSTD_CCtx_setParameter(j->zstd, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(j->zstd, ZSTD_c_windowLog, 23);
	if (k->level == 1)
		ZSTD_CCtx_setParameter(j->zstd, ZSTD_c_minMatch, 7);
	return j;
}

void
ckpt_zstd_writer_close(struct ckpt_zstd_writer *k)
{
	struct job *j;

	if (k == NULL)
		return;
	while ((j = ckpt_pool_pull(k->pool)))
		job_free(j);
	ckpt_pool_close(k->pool);
	while ((j = k->spare)) {
		k->spare = j->next;
		job_free(j);
	}
	free(k);
}

/* Write the oldest frame. */
static int
write_frame(struct ckpt_zstd_writer *k)
{
	struct job *j = ckpt_pool_pull(k->pool);
	int r = 0;

	if (j->error) {
		errno = j->error;
		r = -1;
	} else {
		r = ckpt_write_all(k->fd, j->frame.p, j->frame.n);
	}
	j->next = k->spare;
	k->spare = j;
	return r;
}

static int
push_job(struct ckpt_zstd_writer *k, struct job *j)
{
	/* twice the threads, so that none idles while a frame is written */
	while (ckpt_pool_waiting(k->pool) >= 2 * (size_t)ckpt_pool_size(k->pool))
		if (write_frame(k) < 0) {
			job_free(j);
			return -1;
		}
	if (ckpt_pool_push(k->pool, j) < 0) {
		job_free(j);
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

int
ckpt_zstd_writer_put(struct ckpt_zstd_writer *k, char kind, const void *p,
    size_t n)
{
	struct job *j;

	if (k->level == 0)
		return ckpt_write_all(k->fd, p, n);
	j = job_get(k);
	if (j == NULL) {
		errno = ENOMEM;
		return -1;
	}
	j->raw = NULL;
	j->kind = kind;
	j->own.n = 0;
	if (ckpt_buffer_add(&j->own, p, n) < 0) {
		job_free(j);
		errno = ENOMEM;
		return -1;
	}
	return push_job(k, j);
}

int
ckpt_zstd_writer_put_chunk(struct ckpt_zstd_writer *k, const unsigned char *raw,
    const unsigned char *base, size_t n, size_t size, size_t pad)
{
	static const unsigned char zeros[64];
	struct job *j;

	if (k->level == 0)	/* the plain layer is neither split nor xored */
		return ckpt_write_all(k->fd, raw, n) < 0 ? -1 :
		    ckpt_write_all(k->fd, zeros, pad);
	j = job_get(k);
	if (j == NULL) {
		errno = ENOMEM;
		return -1;
	}
	j->kind = 'B';
	j->raw = raw;
	j->base = base;
	j->n = n;
	j->size = size;
	j->pad = pad;
	return push_job(k, j);
}

int
ckpt_zstd_writer_flush(struct ckpt_zstd_writer *k)
{
	while (ckpt_pool_waiting(k->pool) > 0)
		if (write_frame(k) < 0)
			return -1;
	return 0;
}
