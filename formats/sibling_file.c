/* sibling_file.c - files that a checkpoint refers to, in its own folder only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sibling_file.h"

bool
ckpt_sibling_is_file_name(const char *name)
{
	return *name && !strpbrk(name, "/\\") && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0;
}

int
ckpt_sibling_open_folder(const struct ckpt_file *f)
{
	const char *slash = strrchr(f->path, '/');
	char *path;
	int fd;

	if (ckpt_input_size(f->in) == UINT64_MAX ||
	    strcmp(f->path, "standard input") == 0)
		return -1;
	path = slash ? strndup(f->path, slash - f->path + 1) : strdup(".");
	if (path == NULL)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	return fd;
}

/* A path without "." and "..", freed by the caller: empty if it does not lead
 * to a file in this folder or below. NULL if out of memory. */
static char *
normalize_path(const char *path)
{
	char *to = malloc(strlen(path) + 1);
	size_t n = 0, part;

	for (; to; path += part) {
		path += strspn(path, "/");
		part = strcspn(path, "/");
		if (part == 0)
			break;
		if (part == 1 && *path == '.')
			continue;
		if (part != 2 || memcmp(path, "..", 2) != 0) {
			if (n > 0)
				to[n++] = '/';
			memcpy(to + n, path, part);
			n += part;
		} else if (n > 0) {
			while (n > 0 && to[--n] != '/')
				;
		} else {
			break;		/* above this folder */
		}
	}
	if (to)
		to[*path ? 0 : n] = 0;
	return to;
}

/* Open a normalized path in a folder, through no link. -1, errno. */
static int
open_inside(int folder, char *path)
{
	int fd, at = folder;

	for (;;) {
		char *slash = strchr(path, '/');

		if (slash)
			*slash = 0;
		/* O_NONBLOCK: opening a pipe would wait for its writer */
		fd = openat(at, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
		    (slash ? O_DIRECTORY : O_NONBLOCK));
		if (at != folder)
			close(at);
		if (fd < 0 || slash == NULL)
			return fd;
		at = fd;
		path = slash + 1;
	}
}

struct ckpt_input *
ckpt_sibling_open(struct ckpt_rd *rd, int folder, const char *name, uint64_t at,
    uint64_t len, const char *what)
{
	struct ckpt_input *in = NULL;
	char *path = normalize_path(name);
	struct stat st;
	int fd;

	if (path == NULL || *name == '/' || *path == 0 ||
	    strchr(path, '\\')) {
		if (path)
			ckpt_fail(rd, CKPT_BAD, "%.200s: its values are in "
			    "\"%.200s\", wanted the path of a file in this "
			    "folder", what, name);
		else
			ckpt_fail_memory(rd);
		free(path);
		return NULL;
	}
	fd = open_inside(folder, path);
	free(path);
	if (fd < 0 || fstat(fd, &st) < 0)
		ckpt_fail(rd, CKPT_IO, "%.200s: %.200s: %s", what, name,
		    strerror(errno));
	else if (!S_ISREG(st.st_mode))
		ckpt_fail(rd, CKPT_BAD,
		    "%.200s: %.200s is not a regular file", what, name);
	else if (at > (uint64_t)st.st_size || len > st.st_size - at)
		ckpt_fail(rd, CKPT_CUT, "%.200s: cut short: wanted %" PRIu64
		    " bytes at byte %" PRIu64 " of %.200s, which has %" PRIu64,
		    what, len, at, name, (uint64_t)st.st_size);
	else if (lseek(fd, (off_t)at, SEEK_SET) < 0 ||
	    (in = ckpt_input_from_fd(fd, len)) == NULL)
		ckpt_fail(rd, CKPT_IO, "%.200s: %s", name, strerror(errno));
	if (in == NULL && fd >= 0)
		close(fd);
	return in;
}
