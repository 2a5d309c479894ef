/*
 * scratch.h - memory to work in, one room for each thread, for parts of an op
 *
 * Inside libnn.
 */
#ifndef NN_ROOMS_H
#define NN_ROOMS_H

#include <stdatomic.h>

#include "tape.h"

struct nn_scratch {
	char		*bytes;
	size_t		 size, n;
	_Atomic bool	*taken;
};

/* As many as threads, of size bytes each, until nn_release. 0 or -1. */
int	nn_scratch_open(struct nn *, struct nn_scratch *, size_t size);

/* One that nobody is in; it is to be left. */
void	*nn_scratch_take(struct nn_scratch *);
void	 nn_scratch_return(struct nn_scratch *, void *);

#endif
