/*
 * spectrum_rows.h - a table with the spectrum of every matrix of a stream
 */
#ifndef SPECTRUM_ROWS_H
#define SPECTRUM_ROWS_H

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

/* The singular values of a matrix: a tensor, rows of it, or a tap of that. */
struct cli_spectrum {
	uint64_t	 step;
	char		 tensor[CKPT_NAME + 24];	/* "w" or "w{i}" */
	char		 name[CKPT_NAME + 24 * (CKPT_RANK + 1)]; /* "w[y,x]" */
	uint64_t	 tap, taps;	/* which of how many, from 0 */
	uint64_t	 rows, cols;
	uint64_t	 misfit;	/* parts that its rows do not fit; or 0 */
	bool		 again;		/* by cli_spectrum_repeat */
	size_t		 n;		/* singular values; 0: see error */
	const double	*s;
	const char	*error;		/* why there are none, or NULL */
};

/*
 * Start a table with these columns; call row for each matrix in the order of
 * the stream, named on standard error if it has no singular values; end the
 * table. Returns the exit status.
 */
int	cli_spectrum_rows(char *paths[], const char *conv, const char *columns,
	    void (*row)(struct cli_table *, const struct cli_spectrum *));

/* Before it: decompose each tensor a second time, after f has changed its
 * data. */
void	cli_spectrum_repeat(void (*f)(struct ckpt_tensor *));

/* The cells "step tensor rows cols", which come first in each row. */
void	cli_spectrum_cells(struct cli_table *, const struct cli_spectrum *);

#endif
