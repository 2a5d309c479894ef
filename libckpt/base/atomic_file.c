/* atomic_file.c - files that appear under their name only when complete */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomic_file.h"

int
ckpt_write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= done;
	}
	return 0;
}

/* Open an empty regular file of this name that no other process is writing, each
 * of which has locked it. */
static int
open_locked(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC, 0600);
	struct stat opened, named;

	/* it may have been renamed before it was locked */
	if (fd >= 0 && (fstat(fd, &opened) < 0 || !S_ISREG(opened.st_mode) ||
	    flock(fd, LOCK_EX | LOCK_NB) < 0 || lstat(name, &named) < 0 ||
	    opened.st_ino != named.st_ino || ftruncate(fd, 0) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

int
ckpt_atomic_file_open(struct ckpt_atomic_file *f, const char *path)
{
	struct stat st;
	mode_t mask = umask(0), mode = 0666 & ~mask;

	umask(mask);
	*f = (struct ckpt_atomic_file){ .fd = -1 };
	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode)) {
			f->fd = open(path, O_WRONLY | O_CLOEXEC);
			return f->fd < 0 ? -1 : 0;
		}
		mode = st.st_mode & 0777;
		/* replace the target of a symbolic link, not the link */
		f->path = realpath(path, NULL);
	} else {
		f->path = strdup(path);
	}
	if (f->path == NULL)
		return -1;
	/* room for either name */
	if (asprintf(&f->temporary, "%s.XXXXXX", f->path) < 0) {
		f->temporary = NULL;
		return -1;
	}
	strcpy(f->temporary + strlen(f->path), ".part");
	f->fd = open_locked(f->temporary);
	if (f->fd < 0) {
		strcpy(f->temporary + strlen(f->path), ".XXXXXX");
		f->fd = mkostemp(f->temporary, O_CLOEXEC);
	}
	if (f->fd < 0) {
		free(f->temporary);
		f->temporary = NULL;
		return -1;
	}
	fchmod(f->fd, mode);
	return 0;
}

int
ckpt_atomic_file_commit(struct ckpt_atomic_file *f)
{
	if (f->temporary == NULL)
		return 0;
	if (rename(f->temporary, f->path) < 0)
		return -1;
	free(f->temporary);
	f->temporary = NULL;
	return 0;
}

void
ckpt_atomic_file_free(struct ckpt_atomic_file *f)
{
	if (f->temporary && !f->keep)
		unlink(f->temporary);
	free(f->temporary);
	free(f->path);
	*f = (struct ckpt_atomic_file){ .fd = -1 };
}
