/*
 * diff_rows.h - the table of ckpt-diff, row by row or sorted at the end
 *
 * There is one, which is opened by the first row: without any, nothing is
 * printed. Functions die of errors.
 */
#ifndef DIFF_ROWS_H
#define DIFF_ROWS_H

#include "tensor_distance.h"

/* Sort the rows by this column: numbers that show the largest differences first,
 * NaN before them. Exits 2 if there is no such column. */
void	cli_diff_sort(const char *column);

/* Open the table, with the provenance of in, unless it is open. */
void	cli_diff_open(const struct ckpt_rd *in);

/* A row: the pair t, of which one may have no name, at the step of in. */
void	cli_diff_row(const struct ckpt_rd *in, const struct ckpt_tensor t[2],
	    struct cli_distance);
void	cli_diff_flush(void);

/* Print what is left, and close the table, if it was opened. */
void	cli_diff_close(void);

#endif
