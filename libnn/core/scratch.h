/*
 * scratch.h - memory to work in, one room for each thread, for parts of an op
 *
 * Inside libnn.
 */
#ifndef NN_ROOMS_H
#define NN_ROOMS_H

#include <stdatomic.h>

#include "tape.h"

struct rooms {
	char		*bytes;
	size_t		 size, n;
	_Atomic bool	*taken;
};

/* As many as threads, of size bytes each, until nn_release. 0 or -1. */
int	rooms_make(struct nn *, struct rooms *, size_t size);

/* One that nobody is in; it is to be left. */
void	*rooms_enter(struct rooms *);
void	 rooms_leave(struct rooms *, void *);

#endif
