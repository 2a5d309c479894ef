/*
 * table.c - tables: a heading and tabs, or a JSON object per line
 *
 * On a terminal columns are aligned. Rows are buffered for that, but not for
 * longer than they may be watched for.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <uniwidth.h>

#include "base/atomic_file.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "common.h"

enum {
	COLUMNS = 32, ROWS = 1000,	/* at most; buffered for a terminal */
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
	bool		 has_rows;
	bool		 aligned;
	struct ckpt_buffer cells;	/* that are buffered, each with a NUL */
	int		 width[COLUMNS], rows;
	bool		 begun;		/* the heading was printed */
	double		 since;		/* when the last row was printed */
	struct cli_table *next;		/* of the open tables */
};

static struct cli_table *tables;

/* -------------------------------------------------------- aligned columns */

static double
seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static int
measure_width(const char *s)
{
	return u8_strwidth((const uint8_t *)s, "UTF-8");
}

/* Print the buffered rows, in columns as wide as the widest cell so far; the
 * heading with the first row, or at the end. */
static void
print_rows(struct cli_table *t, bool end_of_table)
{
	int i = 0;

	if (!t->begun && t->rows < 2 && !end_of_table)
		return;
	t->begun = true;
	for (size_t at = 0; at < t->cells.n; i = (i + 1) % t->columns) {
		const char *cell = (char *)t->cells.p + at;

		fputs(cell, t->out);
		if (i == t->columns - 1)
			putc('\n', t->out);
		else
			fprintf(t->out, "%*s",
			    t->width[i] + 2 - measure_width(cell), "");
		at += strlen(cell) + 1;
	}
	t->cells.n = 0;
	t->rows = 0;
	t->since = seconds_now();
}

static void
buffer_cell(struct cli_table *t, const char *text)
{
	int width = measure_width(text);

	if (ckpt_buffer_add(&t->cells, text, strlen(text) + 1) < 0)
		cli_die("out of memory");
	if (width > t->width[t->at])
		t->width[t->at] = width;
	if (t->at == t->columns - 1 && (++t->rows == ROWS ||
	    seconds_now() - t->since > 0.25))
		print_rows(t, false);
}

/* ----------------------------------------------------------- open, close */

static void
close_at_exit(void)
{
	for (struct cli_table *t = tables; t; t = t->next) {
		print_rows(t, true);
		ckpt_atomic_file_free(&t->file);
	}
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
	if (!registered && atexit(close_at_exit) == 0)
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

/* ---------------------------------------------------------------- cells */

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
end_cell(struct cli_table *t)
{
	t->at = (t->at + 1) % t->columns;
	if (t->at > 0)
		return;
	t->has_rows = true;
	if (t->json)
		print_json(t);
	if (__fpending(t->out) > FULL)
		cli_table_flush(t);
	else
		check_output(t);
}

/* A cell of a table that is not JSON. */
static void
print_text(struct cli_table *t, const char *text)
{
	if (t->aligned)
		buffer_cell(t, text);
	else
		fprintf(t->out, "%s%c", text,
		    t->at == t->columns - 1 ? '\n' : '\t');
	end_cell(t);
}

static void
add_json(struct cli_table *t, json_t *value)
{
	if (t->row == NULL)
		t->row = json_object();
	if (json_object_set_new(t->row, t->column[t->at], value) < 0)
		cli_die("out of memory");
	end_cell(t);
}

static void
print_heading(struct cli_table *t)
{
	for (int i = 0; i < t->columns; i++)
		print_text(t, t->column[i]);
	t->has_rows = false;
}

void
cli_table_str(struct cli_table *t, const char *s)
{
	char *text;

	if (t->json) {
		add_json(t, json_string(s));
		return;
	}
	text = ckpt_escape_controls(s);
	if (text == NULL)
		cli_die("out of memory");
	print_text(t, text);
	free(text);
}

void
cli_table_int(struct cli_table *t, uint64_t x)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, x);
	if (t->json)
		add_json(t, json_integer((json_int_t)x));
	else
		print_text(t, text);
}

void
cli_table_num(struct cli_table *t, double x)
{
	char text[32] = "NaN";

	if (!isnan(x))
		snprintf(text, sizeof text, "%.9g", x);
	/* JSON has neither NaN nor infinity */
	if (t->json)
		add_json(t, isfinite(x) ? json_real(x) : json_null());
	else
		print_text(t, text);
}

void
cli_table_count(struct cli_table *t, double x)
{
	if (isfinite(x) && t->json)
		add_json(t, json_integer((json_int_t)x));
	else
		cli_table_num(t, x);
}

/* "2x3" as [2,3], "" as [], "-" as null; it ends with the text or a slash. */
static json_t *
parse_shape(const char *text)
{
	json_t *shape = *text == '-' ? json_null() : json_array();
	char *end = (char *)text;

	if (*text == '-')
		return shape;
	for (; *text && *text != '/'; text = *end == 'x' ? end + 1 : end)
		json_array_append_new(shape, json_integer(strtoll(text, &end,
		    10)));
	return shape;
}

void
cli_table_shape(struct cli_table *t, const char *text)
{
	const char *slash = strchr(text, '/');

	if (!t->json)
		print_text(t, text);
	else if (slash == NULL)
		add_json(t, parse_shape(text));
	else
		add_json(t, json_pack("[o,o]", parse_shape(text),
		    parse_shape(slash + 1)));
}

/* ---------------------------------------------------------------- tables */

static void
print_provenance(struct cli_table *t, const struct ckpt_rd *in)
{
	const char *key, *value;
	char *command;

	for (size_t i = 0; in && ckpt_keys(in, i, &key, &value); i++)
		if (strcmp(key, "via") == 0)
			fprintf(t->out, "# via\t%s\n", value);
	command = ckpt_escape_controls(cli_command());
	fprintf(t->out, "# %s %s\n", command ? command : "", CKPT_VERSION);
	free(command);
}

struct cli_table *
cli_table_open(const char *columns, const struct ckpt_rd *in)
{
	struct cli_table *t = new_table(columns);

	open_output(t);
	if (!isatty(fileno(t->out)))
		setvbuf(t->out, NULL, _IOFBF, ROOM);
	t->json = cli_common.json;
	t->aligned = !t->json && isatty(fileno(t->out));
	t->since = seconds_now();
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

/* Write what is buffered. Rows in the file are kept, whatever happens. */
static void
write_rows(struct cli_table *t)
{
	print_rows(t, false);
	if (fflush(t->out) == 0 && t->has_rows && t->file.temporary &&
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
cli_flush_tables(bool watched, bool check)
{
	for (struct cli_table *t = tables; t; t = t->next) {
		if (watched || !t->aligned)
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
	print_rows(t, true);
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
	free(t->cells.p);
	free(t->names);
	free(t);
}
