/* atomic_file.h - files that appear under their name only when complete */
#ifndef CKPT_ATOMIC_FILE_H
#define CKPT_ATOMIC_FILE_H

#include <stddef.h>

/* Write all n bytes to fd. 0, or -1, errno. */
int	ckpt_write_all(int fd, const void *p, size_t n);

/* A file that will be path once it is complete. */
struct ckpt_atomic_file {
	int	 fd;		/* write to it, then close it */
	char	*path;		/* symbolic links followed */
	char	*temporary;	/* its name until then, or NULL */
};

/*
 * Create a temporary file in the directory of path, with the permissions of the
 * file that is there. A device or a pipe is opened itself. 0, or -1, errno.
 */
int	ckpt_atomic_file_open(struct ckpt_atomic_file *, const char *path);

/* Rename it to path; fd was closed before. 0, or -1, errno. */
int	ckpt_atomic_file_commit(struct ckpt_atomic_file *);

/* Free; a temporary file that was not renamed is removed. */
void	ckpt_atomic_file_free(struct ckpt_atomic_file *);

#endif
