/*
 * tensor_index.h - what the first checkpoint of a stream holds, known beforehand
 */
#ifndef TENSORS_H
#define TENSORS_H

#include "cli/cli.h"

struct cli_tensors {
	struct ckpt_tensor	*t;		/* in order; names are its own */
	size_t		 n;
	size_t		 held;		/* n, with data, if they are read; or 0 */
};

/*
 * Open paths as cli_open does and list the matrices of the first checkpoint.
 * A file is looked over and opened again; of a pipe they are kept in memory.
 * The reader is in that checkpoint; *more: there is one.
 */
struct ckpt_rd	*cli_tensor_index(struct cli_tensors *, char *paths[],
		    bool *more);
void		 cli_tensor_index_free(struct cli_tensors *);

#endif
