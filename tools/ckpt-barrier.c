/* ckpt-barrier - the error barrier between two checkpoints (eq. 6) */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "filter/pair_list.h"
#include "filter/subprocess.h"

enum { METRICS = 16, SPLITS = 16, WORD = 64 };

static const char *command, *alphas, *pairs;
static int64_t points = 11;
static bool whole;

static const struct cli_opt opts[] = {
	{ 'e', "evaluate", OPT_STR, "command", &command,
	    "command that evaluates the checkpoints", false },
	{ 'n', "points", OPT_SIZE, "n", &points,
	    "points on the path, with both ends (11)", false },
	{ 'a', "alphas", OPT_STR, "list", &alphas,
	    "these points instead: 0,0.5,1", false },
	{ 0, "pairs", OPT_STR, "file", &pairs,
	    "read pairs of files, one per line; - is stdin", true },
	{ 0, "curve", OPT_FLAG, NULL, &whole,
	    "print every point and the chord", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "-e command from to [from to ...] | [table]",
	.what = "print the error barrier between checkpoints",
	.opts = opts,
	.common = CLI_TABLE,
};

static struct cli_table *table;

/* ---------------------------------------------------------------- a table */

/* What its columns are. */
static struct { size_t n, step, alpha, split; bool has_step,
    has_split; } column;
static char metric[METRICS][WORD];
static size_t metric_at[METRICS], metrics;

/* The curve of one split: its points, and the values of each metric there. */
struct curve {
	char	 split[WORD];
	size_t	 n;
	double	*alpha, *value[METRICS];
};

static struct curve curve[SPLITS];
static size_t curves, pair;
static double step, last;		/* of the previous row */
static bool any;

static void
read_heading(char *cell[], size_t n, const char *name)
{
	bool has_alpha = false;

	column.n = n;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(cell[i], "alpha") == 0) {
			column.alpha = i;
			has_alpha = true;
		} else if (strcmp(cell[i], "step") == 0) {
			column.step = i;
			column.has_step = true;
		} else if (strcmp(cell[i], "split") == 0) {
			column.split = i;
			column.has_split = true;
		} else if (strcmp(cell[i], "n") != 0 && metrics < METRICS) {
			snprintf(metric[metrics], WORD, "%s", cell[i]);
			metric_at[metrics++] = i;
		}
	}
	if (!has_alpha || metrics == 0)
		cli_die("%s: wanted a table with columns alpha and loss, or the "
		    "like", name);
}

static double
parse_cell(const char *s, const char *name, size_t line)
{
	char *end;
	double x = strtod(s, &end);

	if (end == s || *end)
		cli_die("%s: line %zu: wanted a number, got \"%s\"", name, line,
		    s);
	return x;
}

/* -------------------------------------------------------------- a barrier */

/* L on the chord between the ends, eq. 6 of the paper. */
static double
interpolate_ends(const struct curve *c, size_t m, size_t i)
{
	double a = c->alpha[i];

	return (1 - a) * c->value[m][0] + a * c->value[m][c->n - 1];
}

static void
print_cells(const struct curve *c, size_t m)
{
	cli_table_int(table, pair);
	cli_table_count(table, step);
	cli_table_str(table, c->split);
	cli_table_str(table, metric[m]);
}

static void
print_barrier(const struct curve *c, size_t m)
{
	double most = -INFINITY, at = NAN;

	for (size_t i = 1; i + 1 < c->n; i++) {
		double above = c->value[m][i] - interpolate_ends(c, m, i);

		if (above > most || isnan(above)) {
			most = above;
			at = c->alpha[i];
		}
		if (isnan(above))
			break;
	}
	print_cells(c, m);
	cli_table_num(table, at);
	cli_table_num(table, most);
}

static void
print_curve(const struct curve *c, size_t m)
{
	for (size_t i = 0; i < c->n; i++) {
		print_cells(c, m);
		cli_table_num(table, c->alpha[i]);
		cli_table_num(table, c->value[m][i]);
		cli_table_num(table, interpolate_ends(c, m, i));
	}
}

/* At the end of a path: print all splits and metrics. */
static void
print_path(const char *name)
{
	if (pair++ == 0)
		table = cli_table_open(whole ?
		    "pair step split metric alpha value chord" :
		    "pair step split metric alpha_max barrier", NULL);
	for (size_t k = 0; k < curves; k++) {
		struct curve *c = &curve[k];

		if (c->n < 3 || c->alpha[0] != 0 || c->alpha[c->n - 1] != 1)
			cli_die("%s: a path from alpha %g to %g in %zu points, "
			    "wanted 0 to 1 and some between", name,
			    c->alpha[0], c->alpha[c->n - 1], c->n);
		for (size_t m = 0; m < metrics; m++)
			if (whole)
				print_curve(c, m);
			else
				print_barrier(c, m);
		c->n = 0;
	}
	curves = 0;
	cli_table_flush(table);
}

static struct curve *
find_curve(const char *split, const char *name)
{
	struct curve *c = curve;

	while (c < curve + curves && strcmp(c->split, split) != 0)
		c++;
	if (c == curve + SPLITS)
		cli_die("%s: more than %d splits", name, SPLITS);
	if (c == curve + curves) {
		curves++;
		snprintf(c->split, WORD, "%s", split);
	}
	return c;
}

static void
add_point(struct curve *c, double a, char *cell[], const char *name,
    size_t line)
{
	size_t n = c->n++;

	if ((n & (n - 1)) == 0) {
		size_t room = (n ? 2 * n : 1) * sizeof(double);

		c->alpha = cli_realloc(c->alpha, room);
		for (size_t m = 0; m < metrics; m++)
			c->value[m] = cli_realloc(c->value[m], room);
	}
	c->alpha[n] = a;
	for (size_t m = 0; m < metrics; m++)
		c->value[m][n] = parse_cell(cell[metric_at[m]], name, line);
}

/* A new path begins where the step changes or alpha decreases. */
static void
read_row(char *cell[], const char *name, size_t line)
{
	double a = parse_cell(cell[column.alpha], name, line);
	double s = column.has_step ? parse_cell(cell[column.step], name,
	    line) : 0;

	if (any && (s != step || a < last))
		print_path(name);
	any = true;
	step = s;
	last = a;
	add_point(find_curve(column.has_split ? cell[column.split] : "-", name),
	    a,
	    cell, name, line);
}

static void
read_table(FILE *f, const char *name)
{
	char *line = NULL, *cell[256];
	size_t room = 0, lines = 0, n;

	while (getline(&line, &room, f) >= 0) {
		lines++;
		n = *line == '#' ? 0 : cli_split_cells(line, cell, 256);
		if (n == 0)
			continue;
		if (column.n == 0)
			read_heading(cell, n, name);
		else if (n != column.n)
			cli_die("%s: line %zu: wanted %zu columns, got %zu",
			    name,
			    lines, column.n, n);
		else
			read_row(cell, name, lines);
	}
	if (ferror(f))
		cli_die("%s:", name);
	free(line);
}

/* ------------------------------------------------------------- the parts */

static void
evaluate(char **paths)
{
	struct cli_pairs l = cli_pair_list(paths, pairs);
	char text[2][32], **argv;
	size_t n = 2 * l.n, used = 0;
	FILE *f;

	argv = cli_malloc((n + 8) * sizeof *argv);
	snprintf(text[0], sizeof text[0], "-n%lld", (long long)points);
	snprintf(text[1], sizeof text[1], "-j%d", cli_threads());
	argv[used++] = "ckpt-interp";
	if (alphas) {
		argv[used++] = "-a";
		argv[used++] = (char *)alphas;
	} else {
		argv[used++] = text[0];
	}
	argv[used++] = text[1];
	argv[used++] = "-qu";		/* a pipe needs no compression */
	argv[used++] = "--";
	memcpy(argv + used, l.path, (n + 1) * sizeof *argv);
	f = cli_subprocess_open(argv, command);
	read_table(f, command);
	cli_subprocess_close(f);
	if (column.n == 0)
		cli_die("%s: printed no table", command);
	free(argv);
	cli_pair_list_free(&l);
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	const char *name = *paths && strcmp(*paths, "-") != 0 ? *paths :
	    "standard input";

	if (points < 3 || points > 1000000)
		cli_usage("--points wants 3 or more");
	if (command == NULL && (pairs || (*paths && paths[1])))
		cli_usage("-e is needed, the command that "
		    "evaluates checkpoints; see --help");
	if (command) {
		name = command;
		evaluate(paths);
	} else {
		FILE *f = name == *paths ? fopen(name, "r") : stdin;

		if (f == NULL)
			cli_die("%s:", name);
		read_table(f, name);
		if (column.n == 0)
			cli_die("%s: no table", name);
	}
	if (!any)
		cli_die("%s: a table without rows", name);
	print_path(name);
	cli_table_close(table);
	return 0;
}
