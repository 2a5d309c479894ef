/* train_output.c - the checkpoints and the state of a run, also when resumed */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trainer.h"

/* ------------------------------------------------------------- stream */

/*
 * With --state, the stream is written to FILE.part, which is renamed at the
 * end. When a run is resumed, the last checkpoints of that file may be
 * incomplete or later than the state. So it is renamed to FILE.old, its
 * checkpoints up to the state are written once more (the bytes are equal, as
 * the writer has no other inputs), and FILE.old is removed.
 */
static char *part, *old;

static char *
append_suffix(const char *path, const char *suffix)
{
	char *name = cli_malloc(strlen(path) + strlen(suffix) + 1);

	strcpy(name, path);
	return strcat(name, suffix);
}

static void
rename_or_die(const char *from, const char *to)
{
	if (rename(from, to) < 0)
		cli_die("%s:", from);
}

/* The stream of the earlier run is FILE.old if that was stopped while it was
 * being resumed, FILE.part if it was stopped later, and FILE if it ended. */
static void
rename_to_old(void)
{
	if (access(old, F_OK) == 0)
		return;
	rename_or_die(access(part, F_OK) == 0 ? part : cli_output(), old);
}

static void
copy_old(const struct nn_run *r, struct ckpt_wr *out)
{
	char *paths[] = { old, NULL };
	struct ckpt_rd *in = cli_open(paths);
	uint64_t step = 0;
	bool found = false;
	struct ckpt_tensor t;

	/* not cli_next_checkpoint: the file may end anywhere after the state */
	while (ckpt_next_checkpoint(in) == 1 && ckpt_step(in) <= r->step) {
		if (!cli_train_saves(r, ckpt_step(in)))
			continue;
		found = true;
		step = ckpt_step(in);
		cli_check(out, nn_run_begin(r, out, step));
		while (cli_next_tensor(in, &t)) {
			cli_load(in, &t);
			cli_check(out, ckpt_put(out, &t));
		}
	}
	if (!found || (cli_train_saves(r, r->step) && step != r->step))
		cli_die("%s: no checkpoint of step %" PRIu64 ", the step of "
		    "%s%s%s", old, r->step, cli_train.resume,
		    *ckpt_error(in) ? "; " : "", ckpt_error(in));
	cli_check(out, ckpt_flush(out));
	cli_close(in);
	if (unlink(old) < 0)
		cli_die("%s:", old);
}

/* A pipe or a device is written directly: it can neither be renamed nor read
 * again. */
static bool
is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* Whether the output is one native stream, not a file of a foreign format or a
 * file for each checkpoint. Refuse one that would not hold all checkpoints. */
static bool
is_stream(const struct nn_run *r)
{
	const struct ckpt_format *format = cli_output_format(NULL);
	bool pattern = cli_output() && ckpt_path_is_pattern(cli_output());

	if (format && !pattern && cli_train_saves(r, 0) && cli_train.steps > 0)
		cli_usage("--output: %s holds one checkpoint: --save 0 writes "
		    "the last alone, and {step} in the name gives each a file",
		    cli_output());
	return format == NULL && !pattern;
}

struct ckpt_wr *
cli_train_open_output(const struct nn_run *r)
{
	bool stream = is_stream(r);
	struct ckpt_wr *out;

	if (cli_output() == NULL || (!cli_train.state && !cli_train.resume) ||
	    is_special(cli_output()))
		return cli_create(NULL);
	if (!stream)
		cli_usage("--state: a run that can be resumed is one ckpt/1 "
		    "stream, which %s is not", cli_output());
	part = append_suffix(cli_output(), ".part");
	old = append_suffix(cli_output(), ".old");
	if (cli_train.resume)
		rename_to_old();
	out = cli_create_here(part);
	if (cli_train.resume)
		copy_old(r, out);
	return out;
}

void
cli_train_close_output(struct ckpt_wr *out)
{
	cli_finish(out);
	if (part)
		rename_or_die(part, cli_output());
	free(part);
	free(old);
}

/* -------------------------------------------------------------- state */

static void
write_state(const struct nn_run *r, const char *path)
{
	char error[1500];
	struct ckpt_wr *w = ckpt_create(path, NULL, cli_program(),
	    CKPT_VERSION, cli_command());

	if (w == NULL)
		cli_die("out of memory");
	if (ckpt_temporary(w))
		cli_temporary(ckpt_temporary(w)); /* the stream has none */
	if (nn_run_begin(r, w, r->step) < 0 || nn_run_put(r, w, true) < 0) {
		snprintf(error, sizeof error, "%s", ckpt_wr_error(w));
		ckpt_abandon(w);	/* removes its temporary file */
		cli_die("%s", error);
	}
	if (ckpt_finish(w, error, sizeof error) < 0)
		cli_die("%s", error);
	cli_temporary(NULL);
}

/* Is this one of the first saves, whose states are kept? */
static bool
is_kept(const struct nn_run *r)
{
	int64_t n = 0;

	for (uint64_t step = 0; step <= r->step && n <= cli_train.keep_states;
	    step++)
		n += cli_train_saves(r, step);
	return n <= cli_train.keep_states;
}

void
cli_train_write_state(const struct nn_run *r)
{
	if (is_kept(r)) {
		char suffix[24], *name;

		snprintf(suffix, sizeof suffix, ".%" PRIu64, r->step);
		name = append_suffix(cli_train.state, suffix);
		write_state(r, name);
		free(name);
	}
	write_state(r, cli_train.state);
}
