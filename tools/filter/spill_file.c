/* spill_file.c - tensors kept in a temporary file, to be read again */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/temp_file.h"
#include "spill_file.h"

struct book {
	struct ckpt_tensor	 t;		/* own name and dtype; no data */
	off_t		 at;
};

struct cli_spill {
	int		 fd;
	struct book	*book;
	size_t		 n, room;
	off_t		 end;
};

struct cli_spill *
cli_spill_open(void)
{
	struct cli_spill *s = cli_malloc(sizeof *s);

	*s = (struct cli_spill){ .fd = ckpt_temp_file_open() };
	if (s->fd < 0)
		cli_die("temporary file in %s:", ckpt_temp_dir());
	return s;
}

void
cli_spill_reserve(struct cli_spill *s, const struct ckpt_tensor *t)
{
	struct book *b;

	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->book = cli_realloc(s->book, s->room * sizeof *s->book);
	}
	b = &s->book[s->n++];
	*b = (struct book){ .t = *t, .at = s->end };
	b->t.name = cli_strdup(t->name);
	b->t.dtype = cli_strdup(t->dtype);
	b->t.data = NULL;
	s->end += t->size;
}

void
cli_spill_put(struct cli_spill *s, const struct ckpt_tensor *t)
{
	cli_spill_reserve(s, t);
	cli_spill_write(s, s->n - 1, 0, t->data, t->size);
}

size_t
cli_spill_count(const struct cli_spill *s)
{
	return s->n;
}

void
cli_spill_peek(const struct cli_spill *s, size_t i, struct ckpt_tensor *t)
{
	*t = s->book[i].t;
}

void
cli_spill_read(const struct cli_spill *s, size_t i, size_t at, void *p,
    size_t n)
{
	if (ckpt_pread_all(s->fd, s->book[i].at + at, p, n) < 0)
		cli_die("temporary file:");
}

void
cli_spill_write(struct cli_spill *s, size_t i, size_t at, const void *p,
    size_t n)
{
	if (lseek(s->fd, s->book[i].at + at, SEEK_SET) < 0 ||
	    ckpt_write_all(s->fd, p, n) < 0)
		cli_die("temporary file:");
}

void
cli_spill_get(struct cli_spill *s, size_t i, struct ckpt_tensor *t,
    struct cli_room *room)
{
	cli_spill_peek(s, i, t);
	t->data = cli_reserve(room, t->size);
	cli_spill_read(s, i, 0, t->data, t->size);
}

void
cli_spill_clear(struct cli_spill *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free((char *)s->book[i].t.name);
		free((char *)s->book[i].t.dtype);
	}
	s->n = 0;
	s->end = 0;
}

void
cli_spill_close(struct cli_spill *s)
{
	cli_spill_clear(s);
	close(s->fd);
	free(s->book);
	free(s);
}
