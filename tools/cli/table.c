/* table.c - tables: tabs and a heading, or a JSON object per line */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/atomic_file.h"
#include "common.h"

enum { COLUMNS = 32 };

static struct {
	FILE		*out;
	const char	*path;		/* of -o, or NULL */
	struct ckpt_atomic_file	 whole;		/* the same, until the end */
	char		*names, *column[COLUMNS];
	int		 columns, at;
	json_t		*row;
} table;

static void
remove_at_exit(void)
{
	ckpt_atomic_file_free(&table.whole);
}

static void
open_table(void)
{
	table.path = cli_output();
	table.out = stdout;
	if (table.path == NULL) {
		/* rows on a terminal are progress enough */
		cli_common.quiet |= isatty(1);
		return;
	}
	atexit(remove_at_exit);
	if (ckpt_atomic_file_open(&table.whole, table.path) < 0)
		cli_die("%s:", table.path);
	cli_temporary(table.whole.temporary);
	table.out = fdopen(table.whole.fd, "w");
	if (table.out == NULL)
		cli_die("%s:", table.path);
}

/* Dies of what went wrong with the output so far. */
static void
check(void)
{
	if (ferror(table.out))
		cli_die("%s:", table.path ? table.path : "standard output");
}

void
cli_table_start(const char *columns, const struct ckpt_rd *in)
{
	const char *key, *value;

	open_table();
	table.names = cli_strdup(columns);
	for (char *p = strtok(table.names, " "); p; p = strtok(NULL, " "))
		table.column[table.columns++] = p;
	if (cli_common.provenance) {
		for (size_t i = 0; in && ckpt_keys(in, i, &key, &value); i++)
			if (strcmp(key, "via") == 0)
				fprintf(table.out, "# via\t%s\n", value);
		fprintf(table.out, "# %s %s\n", cli_command(), CKPT_VERSION);
	}
	if (!cli_common.json)
		for (int i = 0; i < table.columns; i++)
			fprintf(table.out, "%s%c", table.column[i],
			    i + 1 < table.columns ? '\t' : '\n');
	check();
}

/* End a cell, and with the last one the row. */
static void
cell(json_t *value)
{
	bool last = table.at == table.columns - 1;

	if (cli_common.json) {
		if (table.row == NULL)
			table.row = json_object();
		if (json_object_set_new(table.row, table.column[table.at],
		    value) < 0)
			cli_die("out of memory");
		if (last) {
			json_dumpf(table.row, table.out, JSON_COMPACT |
			    JSON_REAL_PRECISION(9));
			putc('\n', table.out);
			json_decref(table.row);
			table.row = NULL;
		}
	} else {
		putc(last ? '\n' : '\t', table.out);
	}
	table.at = last ? 0 : table.at + 1;
	if (last)
		check();
}

void
cli_table_str(const char *s)
{
	if (!cli_common.json)
		fputs(s, table.out);
	cell(cli_common.json ? json_string(s) : NULL);
}

void
cli_table_int(uint64_t x)
{
	if (!cli_common.json)
		fprintf(table.out, "%llu", (unsigned long long)x);
	cell(cli_common.json ? json_integer((json_int_t)x) : NULL);
}

void
cli_table_num(double x)
{
	if (!cli_common.json) {
		if (isnan(x))
			fputs("NaN", table.out);
		else
			fprintf(table.out, "%.9g", x);
	}
	/* JSON has neither NaN nor infinity */
	cell(!cli_common.json ? NULL : isfinite(x) ? json_real(x) : json_null());
}

void
cli_table_flush(void)
{
	fflush(table.out);
	check();
}

void
cli_table_end(void)
{
	cli_table_flush();
	if (table.out != stdout && fclose(table.out) != 0)
		cli_die("%s:", table.path);
	if (ckpt_atomic_file_commit(&table.whole) < 0)
		cli_die("%s:", table.path);
	cli_temporary(NULL);
	free(table.names);
}

const char *
cli_shape_text(char text[SHAPE_TEXT], const struct ckpt_tensor *t)
{
	size_t n = 0;

	*text = 0;
	for (int i = 0; i < t->rank; i++)
		n += snprintf(text + n, SHAPE_TEXT - n, "%s%" PRIu64,
		    i ? "x" : "", t->dim[i]);
	return text;
}
