/* input.c - read a file or a pipe forward, with look-ahead, skipping, seeks */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input.h"

enum { ROOM = 1 << 17, PEEK = 1 << 16 };

struct ckpt_input {
	int		 fd;
	bool		 owned;		/* fd is closed with this */
	ptrdiff_t	 (*read)(void *, void *, size_t);	/* not fd */
	void		*arg;
	bool		 end;		/* read returned 0 */
	uint64_t	 size;		/* UINT64_MAX: not a regular file */
	uint64_t	 limit;		/* of bytes to read */
	uint64_t	 consumed;
	size_t		 at, have;	/* the bytes of b that are next */
	unsigned char	 b[ROOM];
};

static struct ckpt_input *
new_input(int fd, bool owned)
{
	struct ckpt_input *in = malloc(sizeof *in);

	if (in == NULL)
		return NULL;
	memset(in, 0, offsetof(struct ckpt_input, b));
	in->fd = fd;
	in->owned = owned;
	in->size = in->limit = UINT64_MAX;
	return in;
}

/* Find the size of a regular file. A directory is an error. */
static int
measure_file(struct ckpt_input *in)
{
	struct stat st;
	off_t at;

	if (fstat(in->fd, &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (S_ISREG(st.st_mode)) {
		/* standard input may have been read from before */
		at = lseek(in->fd, 0, SEEK_CUR);
		in->size = st.st_size > at && at >= 0 ?
		    (uint64_t)(st.st_size - at) : 0;
	}
	return 0;
}

struct ckpt_input *
ckpt_input_open(const char *path)
{
	bool owned = strcmp(path, "-") != 0;
	struct ckpt_input *in = new_input(-1, owned);

	if (in == NULL)
		return NULL;
	in->fd = owned ? open(path, O_RDONLY | O_CLOEXEC) : 0;
	if (in->fd < 0 || measure_file(in) < 0) {
		ckpt_input_close(in);
		return NULL;
	}
	return in;
}

struct ckpt_input *
ckpt_input_from_fd(int fd, uint64_t limit)
{
	struct ckpt_input *in = new_input(fd, true);

	if (in && measure_file(in) < 0) {
		in->owned = false;
		ckpt_input_close(in);
		return NULL;
	}
	if (in) {
		in->limit = limit;
		if (in->size > limit)
			in->size = limit;
	}
	return in;
}

struct ckpt_input *
ckpt_input_from_callback(ptrdiff_t (*read)(void *, void *, size_t), void *arg)
{
	struct ckpt_input *in = new_input(-1, false);

	if (in) {
		in->read = read;
		in->arg = arg;
	}
	return in;
}

void
ckpt_input_close(struct ckpt_input *in)
{
	int e = errno;

	if (in && in->owned && in->fd >= 0)
		close(in->fd);
	free(in);
	errno = e;
}

static ptrdiff_t
read_some(struct ckpt_input *in, void *p, size_t n)
{
	uint64_t left = in->limit - in->consumed - in->have;
	ssize_t got;

	if (n > left)
		n = left;
	do
		got = in->read ? in->read(in->arg, p, n) :
		    read(in->fd, p, n < (1u << 30) ? n : 1u << 30);
	while (got < 0 && errno == EINTR);
	if (got == 0)
		in->end = true;
	return got;
}

int
ckpt_input_peek(struct ckpt_input *in, const unsigned char **p, size_t *n)
{
	while (in->have < *n && !in->end) {
		ptrdiff_t got;

		if (in->at + *n > ROOM) {
			memmove(in->b, in->b + in->at, in->have);
			in->at = 0;
		}
		got = read_some(in, in->b + in->at + in->have,
		    ROOM - in->at - in->have);
		if (got < 0)
			return -1;
		in->have += got;
	}
	*p = in->b + in->at;
	if (in->have < *n)
		*n = in->have;
	return 0;
}

int
ckpt_input_peek_arrived(struct ckpt_input *in, const unsigned char **p,
    size_t *n)
{
	if (ckpt_input_peek(in, p, n) < 0)
		return -1;
	*n = in->have < PEEK ? in->have : PEEK;
	return 0;
}

bool
ckpt_input_is_ready(const struct ckpt_input *in)
{
	struct pollfd p = { .fd = in->fd, .events = POLLIN };

	return in->have > 0 || in->end || in->size != UINT64_MAX ||
	    (in->fd >= 0 && poll(&p, 1, 0) > 0);
}

static void
consume_bytes(struct ckpt_input *in, size_t n)
{
	in->at += n;
	in->have -= n;
	in->consumed += n;
	if (in->have == 0)
		in->at = 0;
}

ptrdiff_t
ckpt_input_read(struct ckpt_input *in, void *to, size_t n)
{
	unsigned char *p = to;
	size_t done = 0;

	while (done < n) {
		size_t part = n - done;
		ptrdiff_t got;

		if (in->have == 0 && part >= PEEK && !in->end) {
			got = read_some(in, p + done, part);
			if (got < 0)
				return -1;
			in->consumed += got;
			done += got;
			continue;
		}
		if (in->have == 0) {
			const unsigned char *q;
			size_t one = 1;

			if (ckpt_input_peek(in, &q, &one) < 0)
				return -1;
			if (one == 0)
				break;
		}
		if (part > in->have)
			part = in->have;
		memcpy(p + done, in->b + in->at, part);
		consume_bytes(in, part);
		done += part;
	}
	return (ptrdiff_t)done;
}

int
ckpt_input_skip(struct ckpt_input *in, uint64_t n)
{
	size_t part = n < in->have ? n : in->have;

	consume_bytes(in, part);
	n -= part;
	if (n == 0)
		return 1;
	if (in->size != UINT64_MAX) {
		uint64_t left = in->size > in->consumed ?
		    in->size - in->consumed : 0;
		uint64_t hop = n < left ? n : left;

		if (lseek(in->fd, (off_t)hop, SEEK_CUR) < 0)
			return -1;
		in->consumed += hop;
		return hop == n;
	}
	while (n > 0) {
		const unsigned char *q;
		size_t want = n < PEEK ? n : PEEK;

		if (ckpt_input_peek(in, &q, &want) < 0)
			return -1;
		if (want == 0)
			return 0;
		consume_bytes(in, want);
		n -= want;
	}
	return 1;
}

/* The offset in the file of byte 0 of the input. */
static off_t
file_origin(const struct ckpt_input *in)
{
	off_t now;

	if (in->size == UINT64_MAX) {
		errno = ESPIPE;
		return -1;
	}
	now = lseek(in->fd, 0, SEEK_CUR);
	return now < 0 ? -1 : now - (off_t)(in->consumed + in->have);
}

int
ckpt_input_seek(struct ckpt_input *in, uint64_t at)
{
	off_t start = file_origin(in);

	if (start < 0 || lseek(in->fd, start + (off_t)at, SEEK_SET) < 0)
		return -1;
	in->at = in->have = 0;
	in->end = false;
	in->consumed = at;
	return 0;
}

ptrdiff_t
ckpt_input_read_at(const struct ckpt_input *in, uint64_t at, void *to, size_t n)
{
	off_t start = file_origin(in);
	size_t done = 0;
	ssize_t got = 1;

	if (start < 0)
		return -1;
	if (at >= in->size)
		return 0;
	if (n > in->size - at)
		n = in->size - at;
	while (done < n && got != 0) {
		got = pread(in->fd, (char *)to + done, n - done,
		    start + (off_t)(at + done));
		if (got < 0 && errno != EINTR)
			return -1;
		done += got > 0 ? (size_t)got : 0;
	}
	return (ptrdiff_t)done;
}

uint64_t
ckpt_input_tell(const struct ckpt_input *in)
{
	return in->consumed;
}

uint64_t
ckpt_input_size(const struct ckpt_input *in)
{
	return in->size;
}
