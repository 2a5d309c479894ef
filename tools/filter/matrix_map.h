/*
 * matrix_map.h - change the matrices of a stream, each by itself, on all threads
 */
#ifndef TREAT_H
#define TREAT_H

#include "matrix_filter.h"

/*
 * Write the stream of paths, with change applied to every matrix that is in
 * scope. It may alter the data where it lies, on any thread; what it depends
 * on must be in the tensor. It returns 0, or -1 with a line in err, of which
 * we die.
 */
void	cli_map_matrices(char *paths[], const struct cli_matrix_filter *,
	    int (*change)(struct ckpt_tensor *, char *err, size_t n));

#endif
