/* train_log.c - --log: a table of losses, also of a run that is resumed */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "trainer.h"

static struct cli_table *table;
static double started, before;		/* before: seconds of the run resumed */

static double
read_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Keep the rows up to the step of the state; what follows is made again. */
static void
truncate_log(FILE *f, uint64_t step)
{
	char *line = NULL;
	size_t room = 0;
	off_t end;

	if (getline(&line, &room, f) < 0)
		cli_die("%s: no table to continue", cli_train.log);
	end = ftello(f);
	while (getline(&line, &room, f) > 0) {
		char *seconds = strrchr(line, '\t');

		if (seconds == NULL || strchr(line, '\n') == NULL ||
		    strtoull(line, NULL, 10) > step)
			break;
		before = strtod(seconds, NULL);
		end = ftello(f);
	}
	free(line);
	if (fflush(f) < 0 || ftruncate(fileno(f), end) < 0 ||
	    fseeko(f, end, SEEK_SET) < 0)
		cli_die("%s:", cli_train.log);
}

void
cli_train_open_log(const struct nn_run *r)
{
	bool resumed = cli_train.resume != NULL;
	FILE *f;

	if (cli_train.log == NULL)
		return;
	f = fopen(cli_train.log, resumed ? "r+" : "w");
	if (f == NULL)
		cli_die("%s:", cli_train.log);
	if (resumed)
		truncate_log(f, r->step);
	table = cli_table_into(f, cli_train.log,
	    "step epoch split loss error lr seconds", !resumed);
	started = read_clock();
}

void
cli_train_log(const struct nn_run *r, enum nn_split split, double loss,
    double error)
{
	char seconds[32];

	snprintf(seconds, sizeof seconds, "%.3f",
	    before + read_clock() - started);
	cli_table_int(table, r->step);
	cli_table_num(table, (double)r->step / nn_run_epoch_steps(r));
	cli_table_str(table, cli_train_split_name[split]);
	cli_table_num(table, loss);
	cli_table_num(table, error);
	cli_table_num(table, nn_run_lr(r));
	cli_table_str(table, seconds);
	cli_table_flush(table);
}

void
cli_train_close_log(void)
{
	cli_table_close(table);
}
