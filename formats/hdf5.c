/* hdf5.c - HDF5 files: the parent of the process that reads them */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive_members.h"
#include "base/temp_file.h"
#include "hdf5_child.h"

enum { COUNT = 1 << 20 };

struct entry { struct ckpt_tensor t; char *name, *dtype; };

struct state {
	pid_t		 child;
	int		 socket;
	struct ckpt_input *in;		/* from the child */
	struct entry	*entry;		/* datasets */
	size_t		 n, room, at;	/* at: the next one */
};

/* A user block of 512, 1024, ... bytes may precede the signature; so may the
 * header of a tar, which is then an archive. */
static bool
probe(const unsigned char *head, size_t n)
{
	if (ckpt_archive_is_tar(head, n))
		return false;
	for (size_t at = 0; at + 8 <= n; at = at ? 2 * at : 512)
		if (memcmp(head + at, "\x89HDF\r\n\x1a\n", 8) == 0)
			return true;
	return false;
}

/* -------------------------------------------------------------- the child */

/* Report why the child has ended. */
static int
fail_child(struct ckpt_file *f)
{
	struct state *s = f->state;
	int status = 0;

	if (s->child > 0)
		waitpid(s->child, &status, 0);
	s->child = 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return ckpt_fail(f->rd, CKPT_LIMIT,
		    "HDF5: time limit exceeded");
	if (WIFSIGNALED(status))
		return ckpt_fail(f->rd, CKPT_BAD, "HDF5: the library crashed "
		    "(%s)", strsignal(WTERMSIG(status)));
	return ckpt_fail(f->rd, CKPT_BAD,
	    "HDF5: the child process ended early");
}

/* The next message; the caller frees *text and *value. 0 or -1. */
static int
receive_item(struct ckpt_file *f, struct hdf5_item *item, char **text,
    char **value)
{
	struct state *s = f->state;
	ptrdiff_t got = ckpt_input_read(s->in, item, sizeof *item);
	struct ckpt_buffer b = { 0 };
	size_t n;

	*text = *value = NULL;
	if (got != sizeof *item || item->what > HDF5_FAIL)
		return fail_child(f);
	if (item->what == HDF5_DATA || item->what == HDF5_END)
		return 0;
	if (item->n > HDF5_TEXT || item->value > HDF5_VALUE)
		return ckpt_fail(f->rd, CKPT_BAD, "HDF5: a text of %" PRIu64
		    " bytes", item->n > HDF5_TEXT ? item->n : item->value);
	n = item->n + item->value;
	if (ckpt_buffer_reserve(&b, n + 2) < 0)
		return ckpt_fail_memory(f->rd);
	if (ckpt_input_read(s->in, b.p, n) != (ptrdiff_t)n) {
		free(b.p);
		return fail_child(f);
	}
	*text = strndup((char *)b.p, item->n);
	*value = strndup((char *)b.p + item->n, item->value);
	free(b.p);
	if (*text && *value && item->what != HDF5_FAIL)
		return 0;
	if (*text && *value)
		ckpt_fail(f->rd, item->kind, "%s", *text);
	else
		ckpt_fail_memory(f->rd);
	free(*text);
	free(*value);
	*text = *value = NULL;
	return -1;
}

/* A descriptor of the file, or of a copy of a pipe. */
static int
open_descriptor(struct ckpt_file *f)
{
	int fd;

	if (ckpt_input_size(f->in) != UINT64_MAX &&
	    strcmp(f->path, "standard input") != 0) {
		fd = open(f->path, O_RDONLY | O_CLOEXEC);
		return fd >= 0 ? fd : ckpt_fail_errno(f->rd);
	}
	fd = ckpt_temp_file_copy(f->in);
	return fd >= 0 ? fd : ckpt_fail(f->rd, CKPT_IO, "copying to a "
	    "temporary file in %s: %s", ckpt_temp_dir(), strerror(errno));
}

static void
lower_limit(int what, rlim_t limit)
{
	struct rlimit l;

	if (getrlimit(what, &l) == 0 && (l.rlim_cur == RLIM_INFINITY ||
	    l.rlim_cur > limit)) {
		l.rlim_cur = limit;
		setrlimit(what, &l);
	}
}

static int
start_child(struct ckpt_file *f)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE,
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct state *s = f->state;
	int fd = open_descriptor(f), pair[2];

	if (fd < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		close(fd);
		return ckpt_fail_errno(f->rd);
	}
	s->socket = pair[0];
	s->child = fork();
	if (s->child == 0) {
		for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
			signal(signals[i], SIG_DFL);
		close(pair[0]);
		lower_limit(RLIMIT_CORE, 0);
		ckpt_hdf5_run_child(fd, pair[1], ckpt_wants_all(f->rd));
	}
	close(fd);
	close(pair[1]);
	if (s->child > 0)
		s->in = ckpt_input_from_fd(dup(s->socket), UINT64_MAX);
	return s->in ? 0 : ckpt_fail_errno(f->rd);
}

/* ------------------------------------------------------------- the format */

/* Add a tensor; the entry then owns its name and its dtype. */
static int
add_dataset(struct ckpt_file *f, const struct hdf5_item *item, char *name,
    char *dtype)
{
	struct state *s = f->state;
	struct entry *e;

	if (s->n == COUNT)
		return ckpt_fail(f->rd, CKPT_LIMIT, "HDF5: more than %d "
		    "datasets", COUNT);
	if (ckpt_grow(&s->entry, s->n, &s->room, sizeof *e) < 0)
		return ckpt_fail_memory(f->rd);
	if (item->rank < 0 || item->rank > CKPT_RANK ||
	    item->type >= CKPT_C128 + 1)
		return ckpt_fail(f->rd, CKPT_BAD, "HDF5: not a dataset");
	e = &s->entry[s->n];
	*e = (struct entry){ { .type = item->type, .rank = item->rank,
	    .dtype = ckpt_type_name(item->type) }, name, dtype };
	memcpy(e->t.dim, item->dim, sizeof e->t.dim);
	if (item->type == CKPT_OTHER || !ckpt_wants(f->rd, name)) {
		ckpt_list_only(&e->t, dtype);
		e->t.size = item->size;
	} else if (ckpt_measure(&e->t) < 0) {
		return ckpt_fail(f->rd, CKPT_BAD,
		    "%.200s: dimensions overflow", name);
	}
	s->n++;
	return 0;
}

/* What a message of the list says. 0 or -1. */
static int
add_item(struct ckpt_file *f, const struct hdf5_item *item, char **text,
    char **value)
{
	switch (item->what) {
	case HDF5_TENSOR:
		if (add_dataset(f, item, *text, *value) < 0)
			return -1;
		*text = *value = NULL;
		return 0;
	case HDF5_TIE:
		return ckpt_tie(f, *text, *value);
	case HDF5_LEFT_OUT:
		return ckpt_leave_out(f, *text, *value);
	default:
		return ckpt_meta(f, *text, *value);
	}
}

static int
open_file(struct ckpt_file *f)
{
	struct state *s = calloc(1, sizeof *s);
	struct hdf5_item item;
	int r;

	f->state = s;
	if (s == NULL)
		return ckpt_fail_memory(f->rd);
	s->socket = -1;
	r = start_child(f);
	while (r == 0) {
		char *text, *value;

		r = receive_item(f, &item, &text, &value);
		if (r == 0 && item.what == HDF5_END)
			break;
		if (r == 0)
			r = add_item(f, &item, &text, &value);
		free(text);
		free(value);
	}
	return r;
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *t)
{
	struct state *s = f->state;

	if (s->at == s->n)
		return 0;
	*t = s->entry[s->at].t;
	t->name = s->entry[s->at++].name;
	return 1;
}

static int
load(struct ckpt_file *f, struct ckpt_tensor *t, struct ckpt_buffer *b)
{
	struct state *s = f->state;
	uint64_t index = s->at - 1, start = b->n;
	struct hdf5_item item;
	char *text, *value;

	if (send(s->socket, &index, sizeof index, MSG_NOSIGNAL) !=
	    sizeof index)
		return fail_child(f);
	for (;;) {
		if (receive_item(f, &item, &text, &value) < 0)
			return -1;
		free(text);
		free(value);
		if (item.what != HDF5_DATA)
			break;
		if (item.n > t->size - (b->n - start))
			return ckpt_fail(f->rd, CKPT_BAD, "%.200s: more bytes "
			    "than its shape has", t->name);
		if (ckpt_gather(f->rd, s->in, b, item.n, t->name) < 0)
			return -1;
	}
	return b->n - start == t->size ? 0 : ckpt_fail(f->rd, CKPT_CUT,
	    "%.200s: fewer bytes than its shape has", t->name);
}

static void
close_file(struct ckpt_file *f)
{
	struct state *s = f->state;

	if (s == NULL)
		return;
	/* kill: it sees no end of file while a later child has our socket */
	if (s->child > 0 && kill(s->child, SIGKILL) == 0)
		waitpid(s->child, NULL, 0);
	ckpt_input_close(s->in);
	if (s->socket >= 0)
		close(s->socket);
	for (size_t i = 0; i < s->n; i++) {
		free(s->entry[i].name);
		free(s->entry[i].dtype);
	}
	free(s->entry);
	free(s);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_hdf5 = {
	.name = "hdf5",
	.alias = { "h5", "keras" },
	.probe = probe,
	.open = open_file,
	.next = next,
	.load = load,
	.close = close_file,
};
