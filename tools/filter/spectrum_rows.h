/*
 * spectrum_rows.h - what the spectral programs share: every matrix of a stream
 */
#ifndef SPECTRA_H
#define SPECTRA_H

#include "cli/cli.h"
#include "spec.h"

/* A row of an option table; to is a const char *, "flat" at first. */
#define SPECTRA_CONV(to) \
	{ 'c', "conv", OPT_STR, "flat|slices", (to), \
	  "flatten kernels, or take each tap by itself", false }

/* Another: the rows of a tensor are several matrices. */
#define SPECTRA_SPLIT \
	{ 0, "split", OPT_LIST, "glob=n", &cli_spectrum_split, \
	  "split rows into n matrices: heads, gates", false }
extern struct cli_list cli_spectrum_split;

/*
 * Start a table with these columns; call row for each matrix in the order of
 * the stream, named on standard error if it has no singular values; end the
 * table. Returns the exit status.
 */
int	cli_spectrum_rows(char *paths[], const char *conv, const char *columns,
	    void (*row)(struct cli_table *, const struct spec_spectrum *));

/* Before it: follow each tensor by what f makes of it, under the same name. f
 * may change the data. */
void	cli_spectrum_look(void (*f)(struct ckpt_tensor *));

/* The cells "step tensor rows cols", which come first in each row. */
void	cli_spectrum_cells(struct cli_table *, const struct spec_spectrum *);

#endif
