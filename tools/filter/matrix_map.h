/*
 * matrix_map.h - a filter that changes each matrix by itself, on all threads
 */
#ifndef MATRIX_MAP_H
#define MATRIX_MAP_H

#include "matrix_filter.h"

/*
 * Write the stream of paths, with change applied to every matrix that the
 * filter takes. It changes the data in place, on any thread, depending on
 * nothing but the tensor, and returns 0, or -1 with a line in err, which ends
 * the program.
 */
void	cli_map_matrices(char *paths[], const struct cli_matrix_filter *,
	    int (*change)(struct ckpt_tensor *, char *err, size_t n));

#endif
