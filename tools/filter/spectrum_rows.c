/* spectrum_rows.c - a table with the spectrum of every matrix of a stream */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "spectrum_rows.h"

struct cli_list cli_spectrum_split;

struct spectra {
	struct spec_queue *queue;
	enum spec_conv	 conv;
	struct cli_table *table;
	void		(*row)(struct cli_table *, const struct cli_spectrum *);
	bool		 good;		/* every matrix had a spectrum */
	bool		 again;		/* a tensor is decomposed once more */
};

static struct spectra *draining;
static void (*change)(struct ckpt_tensor *);

void
cli_spectrum_repeat(void (*f)(struct ckpt_tensor *))
{
	change = f;
}

static enum spec_conv
parse_conv(const char *name)
{
	if (strcmp(name, "slices") == 0)
		return SPEC_SLICES;
	if (strcmp(name, "flat") != 0)
		cli_usage("--conv is flat or slices, not %s", name);
	return SPEC_FLAT;
}

/* The number after the last = of "*weight_?h_l*=4". */
static uint64_t
parse_split(char *split, char **equals)
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

/* The number of matrices that the rows of t are split into, by the last --split
 * that matches. */
static uint64_t
count_parts(const struct ckpt_tensor *t)
{
	uint64_t parts = 1;

	for (size_t i = 0; i < cli_spectrum_split.n; i++) {
		char *equals;
		uint64_t n = parse_split(cli_spectrum_split.item[i], &equals);

		*equals = 0;
		if (fnmatch(cli_spectrum_split.item[i], t->name, 0) == 0)
			parts = n;
		*equals = '=';
	}
	return parts;
}

/* "w[1,2]" for tap i of a (., ., 3, 3) kernel. */
static void
name_tap(struct cli_spectrum *m, const struct ckpt_tensor *t, uint64_t i)
{
	uint64_t at[CKPT_RANK];
	int len;

	for (int k = t->rank - 1; k >= 2; k--) {
		at[k] = i % t->dim[k];
		i /= t->dim[k];
	}
	len = sprintf(m->name, "%s", t->name);
	for (int k = 2; k < t->rank; k++)
		len += sprintf(m->name + len, "%c%llu", k == 2 ? '[' : ',',
		    (unsigned long long)at[k]);
	strcpy(m->name + len, "]");
}

/* Call row for the results that are ready, or all. */
static void
print_results(struct spectra *s, bool all)
{
	struct spec_result *x;
	char misfit[80];

	while ((x = spec_queue_get(s->queue, all)) != NULL) {
		struct cli_spectrum *m = x->tag;

		m->n = x->f.n;
		m->s = x->f.s;
		m->error = x->error;
		if (m->misfit) {
			snprintf(misfit, sizeof misfit,
			    "%llu rows cannot be split into %llu",
			    (unsigned long long)m->rows,
			    (unsigned long long)m->misfit);
			m->error = misfit;
		}
		if (m->error && !m->again)
			cli_warn("step %llu: %s: %s",
			    (unsigned long long)m->step, m->name, m->error);
		s->good &= m->error == NULL;
		s->row(s->table, m);
		free(m);
	}
}

static void
drain_results(bool whole)
{
	(void)whole;
	print_results(draining, true);
}

/* All matrices of a tensor, or of a range of its rows. */
static void
put_tensor(struct spectra *s, uint64_t step, const struct ckpt_tensor *t,
    uint64_t misfit)
{
	uint64_t taps = spec_count(t, s->conv);

	for (uint64_t i = 0; i < taps; i++) {
		struct spec_matrix w = spec_view(t, s->conv, i);
		struct cli_spectrum *m = cli_malloc(sizeof *m);

		m->step = step;
		m->tap = i;
		m->taps = taps;
		m->rows = w.rows;
		m->cols = w.cols;
		m->misfit = misfit;
		m->again = s->again;
		strcpy(m->tensor, t->name);
		strcpy(m->name, t->name);
		if (taps > 1)
			name_tap(m, t, i);
		if (spec_queue_put(s->queue, m, &w, NULL, SIZE_MAX, 0) < 0)
			cli_die("out of memory");
		print_results(s, false);
	}
}

static void
put_parts(struct spectra *s, uint64_t step, const struct ckpt_tensor *t)
{
	uint64_t parts = count_parts(t), misfit = 0;
	struct ckpt_tensor part = *t;
	char name[CKPT_NAME + 24];

	if (t->dim[0] % parts) {	/* a row without values */
		misfit = parts;
		parts = 1;
		part.type = CKPT_OTHER;
	}
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
		put_tensor(s, step, &part, misfit);
		if (change == NULL)
			continue;
		if (part.data && !misfit)
			change(&part);
		s->again = true;
		put_tensor(s, step, &part, misfit);
		s->again = false;
	}
}

void
cli_spectrum_cells(struct cli_table *table, const struct cli_spectrum *m)
{
	cli_table_int(table, m->step);
	cli_table_str(table, m->name);
	cli_table_int(table, m->rows);
	cli_table_int(table, m->cols);
}

int
cli_spectrum_rows(char *paths[], const char *conv_name, const char *columns,
    void (*row)(struct cli_table *, const struct cli_spectrum *))
{
	struct spectra s = { .conv = parse_conv(conv_name), .row = row,
	    .good = true };
	struct ckpt_rd *in;
	struct ckpt_tensor t;
	char *equals;
	bool more, found = false;

	for (size_t i = 0; i < cli_spectrum_split.n; i++)
		parse_split(cli_spectrum_split.item[i], &equals);
	s.queue = spec_queue_open(cli_threads());
	in = cli_open(paths);
	if (s.queue == NULL)
		cli_die("cannot start %d threads", cli_threads());
	more = cli_next_checkpoint(in);
	s.table = cli_table_open(columns, in);	/* its provenance is known */
	draining = &s;
	cli_on_drain(drain_results);
	for (; more; more = cli_next_checkpoint(in))
		while (cli_next_tensor(in, &t)) {
			if (spec_count(&t, s.conv) == 0)
				continue;
			found = true;
			if (ckpt_type_is_float(t.type))
				cli_load(in, &t);
			put_parts(&s, ckpt_step(in), &t);
		}
	print_results(&s, true);
	if (!found)
		cli_die_empty("no matrix in the input; ckpt-ls lists its "
		    "tensors");
	cli_table_close(s.table);
	spec_queue_close(s.queue);
	cli_close(in);
	return s.good ? 0 : 1;
}
