/*
 * atomic_file.h - files to write to: one that appears whole, one without a name
 */
#ifndef CKPT_FILE_H
#define CKPT_FILE_H

#include <stddef.h>

/* All n bytes to fd, through short writes and interrupts. 0, or -1, errno. */
int	write_all(int fd, const void *p, size_t n);

/* Bytes on their way to path. */
struct whole {
	int	 fd;		/* write to it, then close it */
	char	*path;		/* symbolic links followed */
	char	*temporary;	/* its name until then; NULL: none, or done */
};

/*
 * Open what will be path once it is complete: a new file beside it, with the
 * rights of the old one. A device or a pipe is opened itself. 0, or -1, errno.
 */
int	whole_open(struct whole *, const char *path);

/* After its fd was closed: rename it. 0, or -1, errno. */
int	whole_keep(struct whole *);

/* Free; what was not kept is removed. */
void	whole_free(struct whole *);

/* A file for what has to wait, in nameless_dir(), gone when it is closed: a
 * descriptor, or -1, errno. */
int		 nameless_open(void);
const char	*nameless_dir(void);	/* TMPDIR, or /tmp */

#endif
