/* table.c - tables: a heading and tabs, or a JSON object per line */
#include <inttypes.h>
#include <math.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/atomic_file.h"
#include "common.h"

enum {
	COLUMNS = 32,
	ROOM = 1 << 16,		/* of the output buffer, */
	FULL = 1 << 15		/* which is written between rows from here on */
};

struct cli_table {
	FILE		*out;
	const char	*path;		/* for messages */
	struct ckpt_atomic_file file;	/* of -o, until the end */
	char		*names, *column[COLUMNS];
	int		 columns, at;
	bool		 json;
	json_t		*row;
	bool		 rows;		/* has any */
	struct cli_table *next;		/* of the open tables */
};

static struct cli_table *tables;

static void
remove_at_exit(void)
{
	for (struct cli_table *t = tables; t; t = t->next)
		ckpt_atomic_file_free(&t->file);
}

static struct cli_table *
new_table(const char *columns)
{
	static bool registered;
	struct cli_table *t = cli_malloc(sizeof *t);

	*t = (struct cli_table){ .names = cli_strdup(columns),
	    .next = tables };
	for (char *p = strtok(t->names, " "); p; p = strtok(NULL, " "))
		t->column[t->columns++] = p;
	tables = t;
	if (!registered && atexit(remove_at_exit) == 0)
		registered = true;
	return t;
}

/* To -o's file, under a temporary name, or to standard output. */
static void
open_output(struct cli_table *t)
{
	if (cli_output() == NULL) {
		t->out = stdout;
		t->path = "standard output";
		/* rows on a terminal need no progress line */
		cli_common.quiet |= isatty(1);
		return;
	}
	t->path = cli_output();
	if (ckpt_atomic_file_open(&t->file, t->path) < 0)
		cli_die("%s:", t->path);
	cli_temporary(t->file.temporary);
	t->out = fdopen(t->file.fd, "w");
	if (t->out == NULL)
		cli_die("%s:", t->path);
}

/* Die if writing failed. */
static void
check_output(const struct cli_table *t)
{
	if (ferror(t->out))
		cli_die("%s:", t->path);
}

static void
print_heading(struct cli_table *t)
{
	for (int i = 0; i < t->columns; i++)
		fprintf(t->out, "%s%c", t->column[i],
		    i + 1 < t->columns ? '\t' : '\n');
	check_output(t);
}

static void
print_provenance(struct cli_table *t, const struct ckpt_rd *in)
{
	const char *key, *value;

	for (size_t i = 0; in && ckpt_keys(in, i, &key, &value); i++)
		if (strcmp(key, "via") == 0)
			fprintf(t->out, "# via\t%s\n", value);
	fprintf(t->out, "# %s %s\n", cli_command(), CKPT_VERSION);
}

struct cli_table *
cli_table_open(const char *columns, const struct ckpt_rd *in)
{
	struct cli_table *t = new_table(columns);

	open_output(t);
	if (!isatty(fileno(t->out)))
		setvbuf(t->out, NULL, _IOFBF, ROOM);
	t->json = cli_common.json;
	if (cli_common.provenance)
		print_provenance(t, in);
	if (!t->json)
		print_heading(t);
	return t;
}

struct cli_table *
cli_table_into(FILE *out, const char *path, const char *columns, bool heading)
{
	struct cli_table *t = new_table(columns);

	t->out = out;
	t->path = path;
	if (heading)
		print_heading(t);
	return t;
}

static void
print_json(struct cli_table *t)
{
	json_dumpf(t->row, t->out, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putc('\n', t->out);
	json_decref(t->row);
	t->row = NULL;
}

/* End a cell, and the row after the last one. */
static void
end_cell(struct cli_table *t, json_t *value)
{
	bool last = t->at == t->columns - 1;

	if (!t->json) {
		putc(last ? '\n' : '\t', t->out);
	} else {
		if (t->row == NULL)
			t->row = json_object();
		if (json_object_set_new(t->row, t->column[t->at], value) < 0)
			cli_die("out of memory");
		if (last)
			print_json(t);
	}
	t->at = last ? 0 : t->at + 1;
	t->rows |= last;
	if (last && __fpending(t->out) > FULL)
		cli_table_flush(t);
	else if (last)
		check_output(t);
}

void
cli_table_str(struct cli_table *t, const char *s)
{
	if (!t->json)
		fputs(s, t->out);
	end_cell(t, t->json ? json_string(s) : NULL);
}

void
cli_table_int(struct cli_table *t, uint64_t x)
{
	if (!t->json)
		fprintf(t->out, "%" PRIu64, x);
	end_cell(t, t->json ? json_integer((json_int_t)x) : NULL);
}

void
cli_table_num(struct cli_table *t, double x)
{
	if (!t->json) {
		if (isnan(x))
			fputs("NaN", t->out);
		else
			fprintf(t->out, "%.9g", x);
	}
	/* JSON has neither NaN nor infinity */
	end_cell(t, !t->json ? NULL : isfinite(x) ? json_real(x) :
	    json_null());
}

/* Write what is buffered. Rows in the file are kept, whatever happens. */
static void
write_rows(struct cli_table *t)
{
	if (fflush(t->out) == 0 && t->rows && t->file.temporary &&
	    !t->file.keep) {
		t->file.keep = true;
		cli_temporary(NULL);
	}
}

void
cli_table_flush(struct cli_table *t)
{
	write_rows(t);
	check_output(t);
}

void
cli_flush_tables(bool check)
{
	for (struct cli_table *t = tables; t; t = t->next) {
		write_rows(t);
		if (check)
			check_output(t);
	}
}

void
cli_table_close(struct cli_table *t)
{
	struct cli_table **at = &tables;

	if (t == NULL)
		return;
	if (t->file.path)
		cli_check_selection();
	cli_table_flush(t);
	if (t->out != stdout && fclose(t->out) != 0)
		cli_die("%s:", t->path);
	if (t->file.path && ckpt_atomic_file_commit(&t->file) < 0)
		cli_die("%s:", t->path);
	if (t->file.path)
		cli_temporary(NULL);
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	ckpt_atomic_file_free(&t->file);
	free(t->names);
	free(t);
}
