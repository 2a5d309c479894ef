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

/* The length of the next part of a path, with *p at it: without "." and empty
 * parts; 0 at the end. */
static size_t
next_part(const char **p)
{
	size_t n;

	for (;; *p += n) {
		*p += strspn(*p, "/");
		n = strcspn(*p, "/");
		if (n != 1 || **p != '.')
			return n;
	}
}

/* Whether a path leads to a file in this folder or below. */
static bool
is_inside(const char *path)
{
	bool found = false;
	size_t n;

	if (*path == '/' || strchr(path, '\\'))
		return false;
	for (; (n = next_part(&path)) > 0; path += n) {
		if (n == 2 && memcmp(path, "..", 2) == 0)
			return false;
		found = true;
	}
	return found;
}

/* Open a path in a folder, through no link. -1, errno. */
static int
open_inside(int folder, const char *path)
{
	int fd = -1, at = folder;
	size_t n;

	while ((n = next_part(&path)) > 0) {
		const char *rest = path + n;
		bool last = next_part(&rest) == 0;
		char *part = strndup(path, n);

		/* O_NONBLOCK: opening a pipe would wait for its writer */
		fd = part ? openat(at, part, O_RDONLY | O_NOFOLLOW |
		    O_CLOEXEC | (last ? O_NONBLOCK : O_DIRECTORY)) : -1;
		free(part);
		if (at != folder)
			close(at);
		if (fd < 0 || last)
			return fd;
		at = fd;
		path += n;
	}
	return fd;
}

struct ckpt_input *
ckpt_sibling_open(struct ckpt_rd *rd, int folder, const char *name, uint64_t at,
    uint64_t len, const char *what)
{
	struct ckpt_input *in = NULL;
	struct stat st;
	int fd;

	if (!is_inside(name)) {
		ckpt_fail(rd, CKPT_BAD, "%.200s: its values are in \"%.200s\", "
		    "wanted the path of a file in this folder", what, name);
		return NULL;
	}
	fd = open_inside(folder, name);
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
