/* spectra.c - the spectrum of every matrix of a stream, on all threads */
#include <string.h>

#include "spectra.h"

static void (*again)(struct tensor *);

void
spectra_twice(void (*f)(struct tensor *))
{
	again = f;
}

static enum spec_conv
conv_of(const char *name)
{
	if (strcmp(name, "slices") == 0)
		return SPEC_SLICES;
	if (strcmp(name, "flat") != 0)
		usage("--conv is flat or slices, not %s", name);
	return SPEC_FLAT;
}

void
spectra_cells(const struct spectrum *m)
{
	table_int(m->step);
	table_str(m->name);
	table_int(m->rows);
	table_int(m->cols);
}

/* Give row what is ready, or all; true if everything had a spectrum. */
static bool
rows(struct spec_line *line, bool all, void (*row)(const struct spectrum *))
{
	struct spectrum *m;
	bool good = true;

	while ((m = spec_get(line, all)) != NULL) {
		if (m->error) {
			warn("step %llu: %s: %s", (unsigned long long)m->step,
			    m->name, m->error);
			good = false;
		}
		row(m);
	}
	return good;
}

int
spectra(char *paths[], const char *conv_name, const char *columns,
    void (*row)(const struct spectrum *))
{
	enum spec_conv conv = conv_of(conv_name);
	struct spec_line *line = spec_open(cli_threads(), conv);
	struct ckpt_rd *in = cli_open(paths);
	struct tensor t;
	bool more, good = true;

	if (line == NULL)
		die("cannot start %d threads", cli_threads());
	more = cli_next(in, &t);
	table_start(columns, in);	/* whose provenance is known now */
	for (uint64_t nth = 0; more; more = cli_next(in, &t)) {
		if (spec_count(&t, conv) == 0)
			continue;
		if (ckpt_type_is_float(t.type))
			cli_load(in, &t);
		if (spec_put(line, ckpt_step(in), &t) < 0)
			die("out of memory");
		if (again) {
			if (t.data)
				again(&t);
			if (spec_put(line, ckpt_step(in), &t) < 0)
				die("out of memory");
		}
		good &= rows(line, false, row);
		if (t.nth != nth) {
			nth = t.nth;
			table_flush();
		}
	}
	good &= rows(line, true, row);
	table_end();
	spec_close(line);
	ckpt_close(in);
	return good ? 0 : 1;
}
