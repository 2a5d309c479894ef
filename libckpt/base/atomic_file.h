/* atomic_file.h - files that appear under their name only when complete */
#ifndef CKPT_ATOMIC_FILE_H
#define CKPT_ATOMIC_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Write n bytes, resuming after short writes and EINTR. 0, or -1 with errno. */
int	ckpt_write_all(int fd, const void *p, size_t n);

/* A file that is being written. */
struct ckpt_atomic_file {
	int	 fd;		/* to be written and closed by the caller */
	char	*path;		/* with symbolic links resolved */
	char	*temporary;	/* its name until then, or NULL */
	bool	 keep;		/* what is in it is useful, though incomplete */
};

/*
 * Open PATH.part, with the permissions of the file that it will replace; or
 * PATH.XXXXXX, if another process is writing PATH.part or it cannot be used. A
 * device or a pipe is opened itself. 0, or -1 with errno.
 */
int	ckpt_atomic_file_open(struct ckpt_atomic_file *, const char *path);

/* Rename the temporary file to path once fd is closed. 0, or -1 with errno. */
int	ckpt_atomic_file_commit(struct ckpt_atomic_file *);

/* Free it; a temporary file that was not renamed is removed unless it is to be
 * kept. */
void	ckpt_atomic_file_free(struct ckpt_atomic_file *);

#endif
