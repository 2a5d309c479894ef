/* ckpt-svd - the singular values of every weight matrix */
#include <math.h>
#include <string.h>

#include "filter/spectrum_rows.h"
#include "filter/svd_factors.h"

static const char *conv = "flat";
static bool vectors;
static int64_t top;

static const struct cli_opt opts[] = {
	SPECTRA_CONV(&conv),
	SPECTRA_SPLIT,
	{ 'f', "factors", OPT_FLAG, NULL, &vectors,
	  "write U, S and Vh as a stream of checkpoints", false },
	{ 'k', "top", OPT_COUNT, "n", &top, "only the top n (0: all)", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "print the singular values of every weight matrix",
	.opts = opts,
	.common = CLI_IN | CLI_TABLE,
};

static void
print_rows(struct cli_table *table, const struct cli_spectrum *m)
{
	for (size_t i = 0; i < m->n && (top == 0 || i < (uint64_t)top); i++) {
		cli_spectrum_cells(table, m);
		cli_table_int(table, i + 1);
		cli_table_num(table, m->s[i]);
	}
	if (m->error) {
		cli_spectrum_cells(table, m);
		cli_table_int(table, 1);
		cli_table_num(table, NAN);
	}
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);

	if (vectors && (strcmp(conv, "flat") != 0 || cli_spectrum_split.n > 0))
		cli_usage("--factors are of whole, flat kernels only");
	if (vectors)
		return cli_svd_factors(paths, top > 0 ? (size_t)top : SIZE_MAX);
	return cli_spectrum_rows(paths, conv, "step tensor rows cols i sigma",
	    print_rows);
}
