/* tensor_index.h - the matrices of the first checkpoint */
#ifndef TENSOR_INDEX_H
#define TENSOR_INDEX_H

#include "cli/cli.h"

struct cli_tensors {
	struct ckpt_tensor	*t;		/* in order; names are copies */
	size_t		 n;
	size_t		 held;		/* n if their data are kept, or 0 */
};

/*
 * Open paths as cli_open does and list the matrices of the first checkpoint.
 * A file is read and opened again; from a pipe, matrices are kept in memory.
 * The reader is at that checkpoint; *more is false if there is none.
 */
struct ckpt_rd	*cli_tensor_index(struct cli_tensors *, char *paths[],
		    bool *more);
void		 cli_tensor_index_free(struct cli_tensors *);

#endif
