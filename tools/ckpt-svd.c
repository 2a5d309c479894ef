/* ckpt-svd - the singular values of every weight matrix */
#include <math.h>

#include "spectra.h"

static const char *conv = "flat";

static const struct opt opts[] = {
	SPECTRA_CONV(&conv),
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "print the singular values of every weight matrix",
	.opts = opts,
	.common = CLI_IN | CLI_TABLE,
};

static void
row(const struct spectrum *m)
{
	for (size_t i = 0; i < m->n; i++) {
		spectra_cells(m);
		table_int(i + 1);
		table_num(m->s[i]);
	}
	if (m->error) {
		spectra_cells(m);
		table_int(1);
		table_num(NAN);
	}
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);

	return spectra(paths, conv, "step tensor rows cols i sigma", row);
}
