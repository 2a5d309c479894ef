/* ckpt-erank - rank measures of every weight matrix */
#include <math.h>

#include "filter/spectrum_rows.h"

static const char *conv = "flat";
static bool more;

static const struct cli_opt opts[] = {
	SPECTRA_CONV(&conv),
	SPECTRA_SPLIT,
	{ 'm', "more", OPT_FLAG, NULL, &more,
	    "add gini, count90, stable_norm", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "print effective rank and norms of every weight matrix",
	.opts = opts,
	.common = CLI_IN | CLI_TABLE,
};

static void
print_row(struct cli_table *table, const struct cli_spectrum *m)
{
	struct spec_ranks r = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };

	if (m->error == NULL)
		spec_measure(m->s, m->n, &r);
	if (r.spectral == 0)
		cli_warn("step %llu: %s: all elements are 0: no rank",
		    (unsigned long long)m->step, m->name);
	cli_spectrum_cells(table, m);
	cli_table_num(table, r.erank);
	cli_table_num(table, r.erank_norm);
	cli_table_count(table, r.rank90);
	cli_table_num(table, r.stable_rank);
	cli_table_num(table, r.spectral);
	cli_table_num(table, r.frobenius);
	cli_table_num(table, r.nuclear);
	if (!more)
		return;
	cli_table_num(table, r.gini);
	cli_table_num(table, r.rank90 / m->n);
	cli_table_num(table, r.stable_rank / m->n);
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);

	return cli_spectrum_rows(paths, conv, more ?
	    "step tensor rows cols erank erank_norm rank90 stable_rank "
	    "spectral frobenius nuclear gini count90 stable_norm" :
	    "step tensor rows cols erank erank_norm rank90 stable_rank "
	    "spectral frobenius nuclear", print_row);
}
