/* atomic_file.h - files that appear under their name only when complete */
#ifndef CKPT_ATOMIC_FILE_H
#define CKPT_ATOMIC_FILE_H

#include <stddef.h>

/* All n bytes to fd, through short writes and interrupts. 0, or -1, errno. */
int	ckpt_write_all(int fd, const void *p, size_t n);

/* Bytes on their way to path. */
struct ckpt_atomic_file {
	int	 fd;		/* write to it, then close it */
	char	*path;		/* symbolic links followed */
	char	*temporary;	/* its name until then; NULL: none, or done */
};

/*
 * Open what will be path once it is complete: a new file beside it, with the
 * rights of the old one. A device or a pipe is opened itself. 0, or -1, errno.
 */
int	ckpt_atomic_file_open(struct ckpt_atomic_file *, const char *path);

/* After its fd was closed: rename it. 0, or -1, errno. */
int	ckpt_atomic_file_commit(struct ckpt_atomic_file *);

/* Free; what was not kept is removed. */
void	ckpt_atomic_file_free(struct ckpt_atomic_file *);

#endif
