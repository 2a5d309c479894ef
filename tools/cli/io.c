/* io.c - the input and output streams of programs, as their options want */
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "common.h"
#include "formats.h"
#include "stream/path_step.h"

/* ---------------------------------------------------------- selection */

/* What -t says: the globs in order, the last one that matches decides. With
 * nothing but !globs, all else is in. */
static bool
want_name(const char *name, void *arg)
{
	bool want = cli_common.tensors.item[0][0] == '!';

	(void)arg;
	for (size_t i = 0; i < cli_common.tensors.n; i++) {
		const char *glob = cli_common.tensors.item[i];
		bool drop = *glob == '!';

		if (fnmatch(glob + drop, name, 0) == 0)
			want = !drop;
	}
	return want;
}

/* A part of -s: from, to, every; or the last checkpoint. */
struct range {
	uint64_t	 from, to, every;
	bool		 last;
};

static struct range *ranges;
static size_t range_count;
static bool wants_last;

static bool
is_chosen(uint64_t step, uint64_t nth, uint64_t last)
{
	if (cli_common.steps == NULL)
		return true;
	for (size_t i = 0; i < range_count; i++) {
		const struct range *r = &ranges[i];

		if (r->last ? nth == last : step >= r->from &&
		    step <= r->to && (step - r->from) % r->every == 0)
			return true;
	}
	return false;
}

/* The chosen steps of a reader so far, smallest first. */
struct series {
	struct ckpt_rd	*in;
	uint64_t	 last;		/* number of its last checkpoint */
	uint64_t	*step;
	size_t		 n, room;
	bool		 twins;		/* one came again: */
	uint64_t	 twin;
	struct series	*next;
};

static struct series *all_series;
static void (*on_checkpoint)(struct ckpt_rd *);

static void
add_step(struct series *s, uint64_t step)
{
	size_t at = s->n;

	/* steps mostly rise, so the place is mostly the end */
	while (at > 0 && s->step[at - 1] > step)
		at--;
	if (at > 0 && s->step[at - 1] == step) {
		if (!s->twins)
			s->twin = step;
		s->twins = true;
		return;
	}
	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->step = cli_realloc(s->step, s->room * sizeof *s->step);
	}
	memmove(s->step + at + 1, s->step + at,
	    (s->n - at) * sizeof *s->step);
	s->step[at] = step;
	s->n++;
}

/* The library asks this of each checkpoint as it begins. */
static bool
want_step(uint64_t step, uint64_t nth, void *arg)
{
	struct series *s = arg;

	if (!is_chosen(step, nth, s->last))
		return false;
	/* points of a path share a step */
	if (ckpt_key(s->in, "path.alpha") == NULL)
		add_step(s, step);
	if (on_checkpoint)
		on_checkpoint(s->in);
	return true;
}

void
cli_on_checkpoint(void (*f)(struct ckpt_rd *))
{
	on_checkpoint = f;
}

static void
follow(struct ckpt_rd *in, uint64_t last)
{
	struct series *s = cli_malloc(sizeof *s);

	*s = (struct series){ .in = in, .last = last,
	    .next = all_series };
	all_series = s;
	ckpt_steps(in, want_step, s);
}

/* At the proper end of a reader; before an error it would be idle talk. */
static void
warn_of_twins(const struct ckpt_rd *in)
{
	struct series *s = all_series;

	while (s && s->in != in)
		s = s->next;
	if (s && s->twins)
		cli_warn("step %" PRIu64 " comes more than once", s->twin);
}

static uint64_t
step_number(const char *s, char **end)
{
	unsigned long long x;

	errno = 0;
	x = strtoull(s, end, 10);
	if (*end == s || *s < '0' || *s > '9' || errno)
		cli_usage("--steps: not a step: \"%s\"", s);
	return x;
}

/* "0,100", "0:1000:100", "500:", "last". Returns whether last is among it. */
static bool
parse_steps(const char *s)
{
	bool last = false;

	for (;;) {
		struct range r = { .every = 1 };
		char *end = (char *)s;

		if (strncmp(s, "last", 4) == 0) {
			r.last = last = true;
			end += 4;
		} else {
			r.from = r.to = *s == ':' ? 0 : step_number(s, &end);
			if (*end == ':') {
				r.to = UINT64_MAX;
				if (end[1] && !strchr(",:", end[1]))
					r.to = step_number(end + 1, &end);
				else
					end++;
				if (*end == ':')
					r.every = step_number(end + 1, &end);
			}
			if (r.every == 0)
				cli_usage("--steps: every 0 steps: \"%s\"", s);
		}
		ranges = cli_realloc(ranges, (range_count + 1) * sizeof *ranges);
		ranges[range_count++] = r;
		if (*end == 0)
			return last;
		if (*end != ',')
			cli_usage("--steps: not a step: \"%s\"", s);
		s = end + 1;
	}
}

/* -------------------------------------------------------------- input */

/* A pipe can be read once only: put it into a file that has no name. */
static void
spool(void)
{
	char data[1 << 16];
	ssize_t n;
	int fd;

	fd = ckpt_temp_file_open();
	if (fd < 0)
		cli_die("temporary file in %s:", ckpt_temp_dir());
	while ((n = read(0, data, sizeof data)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			cli_die("standard input:");
		if (ckpt_write_all(fd, data, n) < 0)
			cli_die("temporary file:");
	}
	if (dup2(fd, 0) < 0 || lseek(0, 0, SEEK_SET) < 0)
		cli_die("standard input:");
	close(fd);
}

static bool
has_stdin(char *paths[])
{
	bool has = paths[0] == NULL;

	for (size_t i = 0; paths[i]; i++)
		has |= strcmp(paths[i], "-") == 0;
	return has;
}

bool
cli_is_pipe(char *paths[])
{
	struct stat st;

	return has_stdin(paths) && !(fstat(0, &st) == 0 &&
	    S_ISREG(st.st_mode));
}

void
cli_rewind(char *paths[])
{
	static off_t start = -1;

	if (!has_stdin(paths))
		return;
	if (cli_is_pipe(paths))
		spool();
	if (start < 0)
		start = lseek(0, 0, SEEK_CUR);
	if (start < 0 || lseek(0, start, SEEK_SET) < 0)
		cli_die("standard input:");
}

static bool
no_name(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return false;
}

/* Read all of it once for the number of its last checkpoint. */
static uint64_t
find_last(char *paths[])
{
	struct ckpt_rd *in;
	struct ckpt_tensor t;
	uint64_t nth;

	cli_rewind(paths);
	in = ckpt_open(paths, ckpt_formats);
	if (in == NULL)
		cli_die("out of memory");
	ckpt_only(in, no_name, NULL);
	if (ckpt_next(in, &t) < 0)
		cli_die("%s", ckpt_error(in));
	nth = ckpt_nth(in);
	ckpt_close(in);
	cli_rewind(paths);
	return nth;
}

static void
check_inputs(char *paths[])
{
	int inputs = 0;

	for (size_t i = 0; paths[i]; i++)
		inputs += strcmp(paths[i], "-") == 0;
	if (inputs > 1)
		cli_usage("standard input can be read once only");
	if ((inputs == 1 || paths[0] == NULL) && isatty(0))
		cli_usage("a terminal holds no checkpoints; see --help");
}

struct ckpt_rd *
cli_open_all(char *paths[])
{
	struct ckpt_rd *in;

	check_inputs(paths);
	ckpt_order(paths);
	in = ckpt_open(paths, ckpt_formats);
	if (in == NULL)
		cli_die("out of memory");
	ckpt_threads(in, cli_threads());
	if (cli_common.tensors.n > 0)
		ckpt_only(in, want_name, NULL);
	if (cli_common.all)
		ckpt_all(in);
	return in;
}

struct ckpt_rd *
cli_open(char *paths[])
{
	struct ckpt_rd *in;
	uint64_t last = UINT64_MAX;

	check_inputs(paths);
	ckpt_order(paths);
	if (cli_common.steps && ranges == NULL)
		wants_last = parse_steps(cli_common.steps);
	if (wants_last)
		last = find_last(paths);
	in = cli_open_all(paths);
	follow(in, last);
	return in;
}

bool
cli_next(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	int n = ckpt_next(in, t);

	if (n < 0)
		cli_die("%s", ckpt_error(in));
	if (n == 0) {
		cli_progress_end();
		warn_of_twins(in);
	} else {
		cli_progress(ckpt_tell(in) / 1e6, ckpt_total(in) / 1e6, "MB",
		    t->name);
	}
	return n == 1;
}

void
cli_load(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	if (ckpt_load(in, t) < 0)
		cli_die("%s", ckpt_error(in));
}

/* ------------------------------------------------------------- output */

static struct ckpt_wr *writer;		/* to be abandoned at an exit */
static char *temporary;			/* to be removed at a signal */
static void (*clean_up)(void);		/* and called */

static void
remove_at_exit(void)
{
	if (writer)
		ckpt_abandon(writer);
}

static void
remove_at_signal(int sig)
{
	if (temporary)
		unlink(temporary);
	if (clean_up)
		clean_up();
	signal(sig, SIG_DFL);
	raise(sig);
}

void
cli_temporary(const char *name)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

	free(temporary);
	temporary = name ? cli_strdup(name) : NULL;
	for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++) {
		/* one that is ignored, as by nohup, stays so */
		if (signal(sigs[i], SIG_IGN) != SIG_IGN)
			signal(sigs[i], name ? remove_at_signal : SIG_DFL);
	}
}

void
cli_on_exit(void (*f)(void))
{
	clean_up = f;
	if (atexit(f) != 0)
		cli_die("out of memory");
}

const char *
cli_output(void)
{
	return cli_common.output && strcmp(cli_common.output, "-") != 0 ?
	    cli_common.output : NULL;
}

static struct ckpt_wr *
ready(struct ckpt_wr *w)
{
	if (w == NULL)
		cli_die("out of memory");
	ckpt_pack(w, cli_common.plain ? 0 : (int)cli_common.level, cli_threads(),
	    (int)cli_common.delta);
	if (*ckpt_wr_error(w))
		cli_die("%s", ckpt_wr_error(w));
	return w;
}

struct ckpt_wr *
cli_create_at(const char *path, const struct ckpt_format *format)
{
	static bool registered;

	writer = ready(ckpt_create(path, format, cli_program(), CKPT_VERSION,
	    cli_command()));
	if (!registered && atexit(remove_at_exit) == 0)
		registered = true;
	if (ckpt_temporary(writer))
		cli_temporary(ckpt_temporary(writer));
	return writer;
}

struct ckpt_wr *
cli_create(const struct ckpt_format *format)
{
	const char *path = cli_output();

	if (path == NULL && isatty(1))
		cli_usage("checkpoints are not for a terminal: "
		    "use -o or redirect");
	return cli_create_at(path ? path : "-", format);
}

struct ckpt_wr *
cli_create_here(const char *path)
{
	return ready(ckpt_create_here(path, cli_program(), CKPT_VERSION,
	    cli_command()));
}

void
cli_finish(struct ckpt_wr *w)
{
	char error[1500];

	if (w == writer)
		writer = NULL;
	if (ckpt_finish(w, error, sizeof error) < 0)
		cli_die("%s", error);
	cli_temporary(NULL);
}

void
cli_check(struct ckpt_wr *w, int result)
{
	if (result < 0)
		cli_die("%s", ckpt_wr_error(w));
}
