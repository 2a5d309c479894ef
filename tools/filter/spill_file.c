/* spill_file.c - tensors put aside in a file without a name, to be read again */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "spill_file.h"

struct book {
	struct tensor	 t;		/* own name and dtype; no data */
	off_t		 at;
};

struct shelf {
	int		 fd;
	struct book	*book;
	size_t		 n, room;
	off_t		 end;
};

struct shelf *
shelf_open(void)
{
	struct shelf *s = xmalloc(sizeof *s);

	*s = (struct shelf){ .fd = nameless_open() };
	if (s->fd < 0)
		die("temporary file in %s:", nameless_dir());
	return s;
}

void
shelf_reserve(struct shelf *s, const struct tensor *t)
{
	struct book *b;

	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->book = xrealloc(s->book, s->room * sizeof *s->book);
	}
	b = &s->book[s->n++];
	*b = (struct book){ .t = *t, .at = s->end };
	b->t.name = xstrdup(t->name);
	b->t.dtype = xstrdup(t->dtype);
	b->t.data = NULL;
	s->end += t->size;
}

void
shelf_put(struct shelf *s, const struct tensor *t)
{
	shelf_reserve(s, t);
	shelf_write(s, s->n - 1, 0, t->data, t->size);
}

size_t
shelf_count(const struct shelf *s)
{
	return s->n;
}

void
shelf_peek(const struct shelf *s, size_t i, struct tensor *t)
{
	*t = s->book[i].t;
}

void
shelf_read(const struct shelf *s, size_t i, size_t at, void *p, size_t n)
{
	ssize_t got;

	for (size_t done = 0; done < n; done += got) {
		got = pread(s->fd, (char *)p + done, n - done,
		    s->book[i].at + at + done);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got < 0)
			die("temporary file:");
		else if (got == 0)
			die("temporary file: it became shorter");
	}
}

void
shelf_write(struct shelf *s, size_t i, size_t at, const void *p, size_t n)
{
	if (lseek(s->fd, s->book[i].at + at, SEEK_SET) < 0 ||
	    write_all(s->fd, p, n) < 0)
		die("temporary file:");
}

void
shelf_get(struct shelf *s, size_t i, struct tensor *t, struct room *room)
{
	shelf_peek(s, i, t);
	t->data = room_for(room, t->size);
	shelf_read(s, i, 0, t->data, t->size);
}

void
shelf_clear(struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free((char *)s->book[i].t.name);
		free((char *)s->book[i].t.dtype);
	}
	s->n = 0;
	s->end = 0;
}

void
shelf_close(struct shelf *s)
{
	shelf_clear(s);
	close(s->fd);
	free(s->book);
	free(s);
}
