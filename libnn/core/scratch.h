/* scratch.h - scratch buffers of an op, one per thread; private to libnn */
#ifndef NN_SCRATCH_H
#define NN_SCRATCH_H

#include <stdatomic.h>

#include "tape.h"

struct nn_scratch {
	char		*bytes;
	size_t		 size, n;	/* of a buffer; how many */
	_Atomic bool	*in_use;
};

/* Allocate as many buffers as threads, of size bytes each, as nn_alloc does.
 * 0, or -1 after nn_fail. */
int	nn_scratch_alloc(struct nn *, struct nn_scratch *, size_t size);

/* Borrow a buffer for a task, and give it back at the task's end. */
void	*nn_scratch_acquire(struct nn_scratch *);
void	 nn_scratch_release(struct nn_scratch *, void *);

#endif
