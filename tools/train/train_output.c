/* train_output.c - a run's stream, state and log, also after an interruption */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "trainer.h"

/* ------------------------------------------------------------- stream */

/*
 * With --state, the stream grows in FILE.part and is renamed at the end. A
 * resumed run cannot trust the end of it, so it moves it to FILE.old, writes
 * its checkpoints up to the state once more (the same bytes: the writer
 * depends on nothing else) and only then removes it.
 */
static char *part, *old;

static char *
beside(const char *path, const char *suffix)
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

/* What an earlier run wrote is under one of three names: FILE.old if it was
 * stopped while it did what is described above, FILE if it came to its end. */
static void
find_old(void)
{
	if (access(old, F_OK) == 0)
		return;
	rename_or_die(access(part, F_OK) == 0 ? part : cli_output(), old);
}

static void
write_again(const struct nn_run *r, struct ckpt_wr *out)
{
	char *paths[] = { old, NULL };
	struct ckpt_rd *in = cli_open(paths);
	uint64_t step = 0;
	bool any = false;
	struct ckpt_tensor t;

	/* not cli_next_checkpoint: beyond the state the file may be torn */
	while (ckpt_next_checkpoint(in) == 1 && ckpt_step(in) <= r->step) {
		if (!cli_train_due(r, ckpt_step(in)))
			continue;
		any = true;
		step = ckpt_step(in);
		cli_check(out, nn_run_begin(r, out, step));
		while (cli_next_tensor(in, &t)) {
			cli_load(in, &t);
			cli_check(out, ckpt_put(out, &t));
		}
	}
	if (!any || (cli_train_due(r, r->step) && step != r->step))
		cli_die("%s: nothing of step %" PRIu64 ", where %s is%s%s", old,
		    r->step, cli_train.resume, *ckpt_error(in) ? "; " : "",
		    ckpt_error(in));
	cli_check(out, ckpt_flush(out));
	ckpt_close(in);
	if (unlink(old) < 0)
		cli_die("%s:", old);
}

/* A pipe or a device is written to, never replaced, and cannot be read again. */
static bool
is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

struct ckpt_wr *
cli_train_output(const struct nn_run *r)
{
	struct ckpt_wr *out;

	if (cli_output() == NULL || (!cli_train.state && !cli_train.resume) ||
	    is_special(cli_output()))
		return cli_create(NULL);
	part = beside(cli_output(), ".part");
	old = beside(cli_output(), ".old");
	if (cli_train.resume)
		find_old();
	out = cli_create_here(part);
	if (cli_train.resume)
		write_again(r, out);
	return out;
}

void
cli_train_output_end(struct ckpt_wr *out)
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
		cli_temporary(ckpt_temporary(w));	/* the stream has none */
	if (nn_run_begin(r, w, r->step) < 0 || nn_run_put(r, w, true) < 0) {
		snprintf(error, sizeof error, "%s", ckpt_wr_error(w));
		ckpt_abandon(w);	/* and its temporary file */
		cli_die("%s", error);
	}
	if (ckpt_finish(w, error, sizeof error) < 0)
		cli_die("%s", error);
	cli_temporary(NULL);
}

/* How many saves there were up to this step. */
static int64_t
saves(const struct nn_run *r)
{
	int64_t n = 0;

	for (uint64_t step = 0; step <= r->step && n <= cli_train.keep_states;
	    step++)
		n += cli_train_due(r, step);
	return n;
}

void
cli_train_keep(const struct nn_run *r)
{
	if (saves(r) <= cli_train.keep_states) {
		char suffix[24], *name;

		snprintf(suffix, sizeof suffix, ".%" PRIu64, r->step);
		name = beside(cli_train.state, suffix);
		write_state(r, name);
		free(name);
	}
	write_state(r, cli_train.state);
}

/* ---------------------------------------------------------------- log */

static FILE *table;
static double began, before;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Leave the rows up to the state, which others may have followed. */
static void
cut_log(uint64_t state)
{
	char *line = NULL;
	size_t room = 0;
	off_t end;

	if (getline(&line, &room, table) < 0)
		cli_die("%s: no table to go on with", cli_train.log);
	end = ftello(table);
	while (getline(&line, &room, table) > 0) {
		char *seconds = strrchr(line, '\t');

		if (seconds == NULL || strchr(line, '\n') == NULL ||
		    strtoull(line, NULL, 10) > state)
			break;
		before = strtod(seconds, NULL);
		end = ftello(table);
	}
	free(line);
	if (fflush(table) < 0 || ftruncate(fileno(table), end) < 0 ||
	    fseeko(table, end, SEEK_SET) < 0)
		cli_die("%s:", cli_train.log);
}

void
cli_log_start(const struct nn_run *r)
{
	if (cli_train.log == NULL)
		return;
	table = fopen(cli_train.log, cli_train.resume ? "r+" : "w");
	if (table == NULL)
		cli_die("%s:", cli_train.log);
	if (cli_train.resume)
		cut_log(r->step);
	else
		fputs("step\tepoch\tsplit\tloss\terror\tlr\tseconds\n", table);
	began = now();
}

/* A number and a tab; one that is none is NaN, as in all tables. */
static void
number(double x)
{
	if (isnan(x))
		fputs("NaN\t", table);
	else
		fprintf(table, "%.9g\t", x);
}

void
cli_log_row(const struct nn_run *r, const char *split, double loss, double error)
{
	fprintf(table, "%" PRIu64 "\t", r->step);
	number((double)r->step / nn_run_epoch_steps(r));
	fprintf(table, "%s\t", split);
	number(loss);
	number(error);
	number(nn_run_rate(r));
	fprintf(table, "%.3f\n", before + now() - began);
	if (fflush(table) != 0)
		cli_die("%s:", cli_train.log);
}

void
cli_log_end(void)
{
	if (table && fclose(table) != 0)
		cli_die("%s:", cli_train.log);
}
