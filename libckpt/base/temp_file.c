/* temp_file.c - temporary files without a name */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "atomic_file.h"
#include "temp_file.h"

enum { PEEK = 1 << 16 };

const char *
ckpt_temp_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
}

int
ckpt_temp_file_open(void)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof path, "%s/ckpt-XXXXXX", ckpt_temp_dir());
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static int
copy_input(struct ckpt_input *in, int fd)
{
	const unsigned char *p;
	size_t n = PEEK;

	while (ckpt_input_peek(in, &p, &n) == 0) {
		if (n == 0)
			return lseek(fd, 0, SEEK_SET) < 0 ? -1 : 0;
		if (ckpt_write_all(fd, p, n) < 0)
			return -1;
		ckpt_input_skip(in, n);
		n = PEEK;
	}
	return -1;
}

int
ckpt_temp_file_copy(struct ckpt_input *in)
{
	int fd = ckpt_temp_file_open(), error;

	if (fd < 0 || copy_input(in, fd) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
ckpt_pread_all(int fd, uint64_t offset, void *p, size_t n)
{
	for (size_t done = 0; done < n; ) {
		ssize_t got = pread(fd, (char *)p + done, n - done,
		    (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = EIO;
		if (got <= 0)
			return -1;
		done += got;
	}
	return 0;
}
