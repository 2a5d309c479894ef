/*
 * zip_writer.h - zip archives that NumPy and PyTorch map into memory
 *
 * Members are stored, begin at a multiple of 64 bytes, and have no times, so
 * that equal members make equal files. libarchive cannot align them.
 */
#ifndef CKPT_ZIP_WRITER_H
#define CKPT_ZIP_WRITER_H

#include "format.h"

struct zip_writer {
	uint64_t	 at;		/* bytes written */
	uint64_t	 members;
	struct ckpt_buffer directory, header;
};

/* Add a member: n bytes of head, then size bytes of data. 0, or -1 after
 * ckpt_wfail. */
int	ckpt_zip_add(struct ckpt_out *, struct zip_writer *, const char *name,
	    const void *head, size_t n, const void *data, uint64_t size);

/* Write the directory. 0, or -1 after ckpt_wfail. */
int	ckpt_zip_finish(struct ckpt_out *, struct zip_writer *);

void	ckpt_zip_free(struct zip_writer *);

#endif
