/* input.c - the input streams of a program: files, pipes, series of steps */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/name_map.h"
#include "base/temp_file.h"
#include "common.h"
#include "formats.h"

/* --------------------------------------------------------------- series */

/* The steps read so far, in ascending order, to find repeated ones. */
struct series {
	struct ckpt_rd	*in;
	struct ckpt_rd	*scout;		/* a checkpoint ahead, for damage */
	bool		 selects;	/* by -s */
	uint64_t	 last;		/* index of its last checkpoint */
	uint64_t	*step;
	size_t		 n, room;
	bool		 repeats;		/* a step was repeated: */
	uint64_t	 repeated;
	struct series	*next;
};

static struct series *all_series;

static void
add_step(struct series *s, uint64_t step)
{
	size_t at = s->n;

	/* steps mostly increase: search from the end */
	while (at > 0 && s->step[at - 1] > step)
		at--;
	if (at > 0 && s->step[at - 1] == step) {
		if (!s->repeats)
			s->repeated = step;
		s->repeats = true;
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

/* Once, where a series has no steps. */
static void
warn_counted(const struct ckpt_rd *in)
{
	static bool warned;

	if (!warned && ckpt_step_is_counted(in) && ckpt_nth(in) > 0) {
		cli_warn("%s: no step in the file or its name: checkpoints "
		    "are counted; see --step-from", ckpt_path(in));
		warned = true;
	}
}

/* For ckpt_select_steps. */
static bool
want_step(uint64_t step, uint64_t nth, void *arg)
{
	const struct series *s = arg;

	return cli_want_step(step, nth, s->last);
}

static struct series *
find_series(struct ckpt_rd *in)
{
	static struct series other;	/* not opened here: a mask */
	struct series *s = all_series;

	while (s && s->in != in)
		s = s->next;
	if (s == NULL) {
		other = (struct series){ .in = in };
		s = &other;
	}
	return s;
}

/* --------------------------------------------------------------- damage */

static void (*report_damage)(struct ckpt_rd *);

void
cli_on_damage(void (*report)(struct ckpt_rd *))
{
	report_damage = report;
}

static void
leave_file(struct ckpt_rd *in)
{
	cli_print_notices(in);
	if (report_damage == NULL || ckpt_why(in) == CKPT_MEMORY)
		cli_die("%s", ckpt_error(in));
	report_damage(in);
	ckpt_skip_file(in);
}

/* Read all of the next checkpoint. 1, 0 past the last one, -1. */
static int
read_checkpoint(struct ckpt_rd *in)
{
	struct ckpt_tensor t;
	int found = ckpt_next_checkpoint(in), n = found;

	while (n == 1) {
		n = ckpt_next_tensor(in, &t);
		if (n == 1 && t.type != CKPT_OTHER && ckpt_load(in, &t) < 0)
			n = -1;
	}
	return n < 0 ? -1 : found;
}

/* As ckpt_next_checkpoint, past what the scout finds damaged. */
static int
next_checkpoint(const struct series *s)
{
	static struct ckpt_name_map reported;

	while (s->scout && read_checkpoint(s->scout) < 0) {
		const char *error = ckpt_error(s->scout);

		/* files may be read more than once */
		if (ckpt_name_map_add(&reported, error, NULL) != 0)
			cli_warn("%s", error);
		if (ckpt_why(s->scout) == CKPT_MEMORY)
			cli_quit(1);
		cli_fail_at_exit();
		ckpt_skip_file(s->scout);
		/* go into the same file */
		ckpt_next_checkpoint(s->in);
		ckpt_skip_file(s->in);
	}
	return ckpt_next_checkpoint(s->in);
}

/* -------------------------------------------------------------- input */

/* A pipe can be read once only: put it into a file that has no name. */
static void
spool_stdin(void)
{
	struct ckpt_input *in = ckpt_input_open("-");
	int fd = in ? ckpt_temp_file_copy(in) : -1;

	if (fd < 0)
		cli_die("standard input, copied to %s:", ckpt_temp_dir());
	if (dup2(fd, 0) < 0)
		cli_die("standard input:");
	ckpt_input_close(in);
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

static bool
is_stdin_pipe(void)
{
	struct stat st;

	return fstat(0, &st) < 0 || !S_ISREG(st.st_mode);
}

bool
cli_is_pipe(char *paths[])
{
	struct stat st;

	if (has_stdin(paths) && is_stdin_pipe())
		return true;
	for (size_t i = 0; paths[i]; i++)
		if (strcmp(paths[i], "-") != 0 && stat(paths[i], &st) == 0 &&
		    !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
			return true;
	return false;
}

void
cli_rewind(char *paths[])
{
	static off_t start = -1;

	if (!has_stdin(paths))
		return;
	if (is_stdin_pipe())
		spool_stdin();
	if (start < 0)
		start = lseek(0, 0, SEEK_CUR);
	if (start < 0 || lseek(0, start, SEEK_SET) < 0)
		cli_die("standard input:");
}

uint64_t
cli_find_last(char *paths[])
{
	struct ckpt_rd *in;
	uint64_t nth = 0;
	int more;

	cli_rewind(paths);
	in = cli_open_all(paths);
	while ((more = next_checkpoint(find_series(in))) != 0)
		if (more > 0)
			nth = ckpt_nth(in);
		else
			leave_file(in);
	cli_close(in);
	cli_rewind(paths);
	return nth;
}

/* Check operands, and put them in the order of their steps. */
static void
prepare_inputs(char *paths[])
{
	int inputs = 0;

	for (size_t i = 0; paths[i]; i++)
		inputs += strcmp(paths[i], "-") == 0;
	if (inputs > 1)
		cli_usage("standard input can be read once only");
	if ((inputs == 1 || paths[0] == NULL) && isatty(0))
		cli_usage("a terminal holds no checkpoints; see --help");
	ckpt_sort_paths(paths, cli_common.step_from ? cli_step_from : NULL,
	    NULL);
}

static struct ckpt_rd *
open_reader(char *paths[])
{
	struct ckpt_rd *in = ckpt_open(paths, ckpt_formats);

	if (in == NULL)
		cli_die("out of memory");
	ckpt_set_threads(in, cli_threads());
	if (cli_common.tensors.n > 0)
		ckpt_select_tensors(in, cli_want_tensor, NULL);
	if (cli_common.step_from)
		ckpt_set_path_steps(in, cli_step_from, NULL);
	if (cli_common.all)
		ckpt_set_all(in);
	return in;
}

struct ckpt_rd *
cli_open_all(char *paths[])
{
	struct series *s = cli_malloc(sizeof *s);

	prepare_inputs(paths);
	*s = (struct series){ .in = open_reader(paths), .next = all_series };
	if (cli_common.keep_going && !report_damage && !has_stdin(paths) &&
	    !cli_is_pipe(paths))
		s->scout = open_reader(paths);
	all_series = s;
	return s->in;
}

struct ckpt_rd *
cli_open(char *paths[])
{
	struct ckpt_rd *in;
	struct series *s;
	uint64_t last = UINT64_MAX;

	prepare_inputs(paths);
	if (cli_parse_steps())
		last = cli_find_last(paths);
	in = cli_open_all(paths);
	s = all_series;
	s->selects = true;
	s->last = last;
	ckpt_select_steps(in, want_step, s);
	if (s->scout)
		ckpt_select_steps(s->scout, want_step, s);
	return in;
}

void
cli_close(struct ckpt_rd *in)
{
	struct series **at = &all_series, *s;

	if (in == NULL)
		return;
	while ((*at)->in != in)
		at = &(*at)->next;
	s = *at;
	*at = s->next;
	ckpt_close(s->scout);
	ckpt_close(in);
	free(s->step);
	free(s);
}

void
cli_print_notices(struct ckpt_rd *in)
{
	static struct ckpt_name_map printed;	/* inputs are read twice */
	const char *line;

	while ((line = ckpt_notice(in)) != NULL)
		if (ckpt_name_map_add(&printed, line, NULL) != 0)
			cli_warn("%s", line);
}

bool
cli_next_checkpoint(struct ckpt_rd *in)
{
	struct series *s = find_series(in);
	int n;

	cli_drain_checkpoint(in);
	if (ckpt_left_out(in))		/* of the checkpoint that ended */
		cli_warn("%s", ckpt_left_out(in));
	while ((n = next_checkpoint(s)) < 0)
		leave_file(in);
	cli_print_notices(in);
	if (n == 0) {
		cli_progress_end();
		if (s->selects)
			cli_selection_end();
		if (s->repeats)
			cli_warn("step %" PRIu64 " comes more than once",
			    s->repeated);
	} else if (s->selects) {
		warn_counted(in);
		/* the points of a path share a step */
		if (ckpt_key(in, "path.alpha") == NULL)
			add_step(s, ckpt_step(in));
	}
	return n == 1;
}

bool
cli_next_tensor(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	int n = ckpt_next_tensor(in, t);

	if (n < 0)
		leave_file(in);
	if (n == 1)
		cli_progress(ckpt_tell(in) / 1e6, ckpt_total(in) / 1e6, "MB",
		    t->name);
	return n == 1;
}

bool
cli_load(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	if (ckpt_load(in, t) == 0)
		return true;
	leave_file(in);
	return false;
}

void
cli_filter(struct ckpt_rd *in, void (*begin)(struct ckpt_rd *),
    void (*change)(struct ckpt_rd *, struct ckpt_tensor *), void (*end)(void))
{
	struct ckpt_tensor t;

	while (cli_next_checkpoint(in)) {
		begin(in);
		while (cli_next_tensor(in, &t))
			change(in, &t);
		if (end)
			end();
	}
}
