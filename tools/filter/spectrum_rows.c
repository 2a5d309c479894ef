/* spectrum_rows.c - the spectrum of every matrix of a stream, on all threads */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "spectrum_rows.h"

struct cli_list cli_spectrum_split;
static void (*again)(struct ckpt_tensor *);

void
cli_spectrum_look(void (*f)(struct ckpt_tensor *))
{
	again = f;
}

static enum spec_conv
conv_of(const char *name)
{
	if (strcmp(name, "slices") == 0)
		return SPEC_SLICES;
	if (strcmp(name, "flat") != 0)
		cli_usage("--conv is flat or slices, not %s", name);
	return SPEC_FLAT;
}

/* "*weight_?h_l*=4", cut at its last =: how many. */
static uint64_t
parts_in(char *split, char **equals)
{
	char *end = "";
	uint64_t n = 0;

	*equals = strrchr(split, '=');
	if (*equals && (*equals)[1] >= '1' && (*equals)[1] <= '9')
		n = strtoull(*equals + 1, &end, 10);
	if (n == 0 || *end)
		cli_usage("--split wants glob=n, not \"%s\"", split);
	return n;
}

/* Into how many matrices of equal rows t is split, by the last that fits. */
static uint64_t
parts_of(const struct ckpt_tensor *t)
{
	uint64_t parts = 1;

	for (size_t i = 0; i < cli_spectrum_split.n; i++) {
		char *equals;
		uint64_t n = parts_in(cli_spectrum_split.item[i], &equals);

		*equals = 0;
		if (fnmatch(cli_spectrum_split.item[i], t->name, 0) == 0)
			parts = n;
		*equals = '=';
	}
	if (t->dim[0] % parts)
		cli_die("%s: %llu rows cannot be split into %llu", t->name,
		    (unsigned long long)t->dim[0], (unsigned long long)parts);
	return parts;
}

static void
put(struct spec_line *line, uint64_t step, const struct ckpt_tensor *t)
{
	uint64_t parts = parts_of(t);
	struct ckpt_tensor part = *t;
	char name[CKPT_NAME + 24];

	part.dim[0] /= parts;
	part.len /= parts;
	part.size /= parts;
	for (uint64_t i = 0; i < parts; i++) {
		if (parts > 1) {
			snprintf(name, sizeof name, "%s{%llu}", t->name,
			    (unsigned long long)i);
			part.name = name;
		}
		if (t->data)
			part.data = (char *)t->data + i * part.size;
		if (spec_put(line, step, &part) < 0)
			cli_die("out of memory");
		if (again && part.data)
			again(&part);
		if (again && spec_put(line, step, &part) < 0)
			cli_die("out of memory");
	}
}

void
cli_spectrum_cells(struct cli_table *table, const struct spec_spectrum *m)
{
	cli_table_int(table, m->step);
	cli_table_str(table, m->name);
	cli_table_int(table, m->rows);
	cli_table_int(table, m->cols);
}

/* Give row what is ready, or all; true if everything had a spectrum. */
static bool
rows(struct spec_line *line, bool all, struct cli_table *table,
    void (*row)(struct cli_table *, const struct spec_spectrum *))
{
	struct spec_spectrum *m;
	bool good = true;

	while ((m = spec_get(line, all)) != NULL) {
		if (m->error) {
			cli_warn("step %llu: %s: %s",
			    (unsigned long long)m->step,
			    m->name, m->error);
			good = false;
		}
		row(table, m);
	}
	return good;
}

int
cli_spectrum_rows(char *paths[], const char *conv_name, const char *columns,
    void (*row)(struct cli_table *, const struct spec_spectrum *))
{
	enum spec_conv conv = conv_of(conv_name);
	struct spec_line *line;
	struct ckpt_rd *in;
	struct ckpt_tensor t;
	struct cli_table *table;
	bool more, good = true;
	char *equals;

	for (size_t i = 0; i < cli_spectrum_split.n; i++)
		parts_in(cli_spectrum_split.item[i], &equals);
	line = spec_open(cli_threads(), conv);
	in = cli_open(paths);
	if (line == NULL)
		cli_die("cannot start %d threads", cli_threads());
	more = cli_next_checkpoint(in);
	table = cli_table_open(columns,
	    in);	/* whose provenance is known now */
	for (; more; more = cli_next_checkpoint(in)) {
		while (cli_next_tensor(in, &t)) {
			if (spec_count(&t, conv) == 0)
				continue;
			if (ckpt_type_is_float(t.type))
				cli_load(in, &t);
			put(line, ckpt_step(in), &t);
			good &= rows(line, false, table, row);
		}
		cli_table_flush(table);
	}
	good &= rows(line, true, table, row);
	cli_table_close(table);
	spec_close(line);
	ckpt_close(in);
	return good ? 0 : 1;
}
