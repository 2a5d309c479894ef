/* scratch.c - memory to work in, one room for each thread */
#include "scratch.h"

int
nn_scratch_open(struct nn *net, struct nn_scratch *r, size_t size)
{
	r->n = nn_team_size(nn_team_of(net));
	r->size = (size + 63) / 64 * 64;
	r->bytes = nn_alloc(net, r->n, r->size);
	r->taken = nn_alloc(net, r->n, sizeof *r->taken);
	if (r->bytes == NULL || r->taken == NULL)
		return -1;
	for (size_t i = 0; i < r->n; i++)
		atomic_init(&r->taken[i], false);
	return 0;
}

/* There are as many as threads, so one is free. */
void *
nn_scratch_take(struct nn_scratch *r)
{
	size_t i = 0;

	while (atomic_exchange(&r->taken[i], true))
		i = (i + 1) % r->n;
	return r->bytes + i * r->size;
}

void
nn_scratch_return(struct nn_scratch *r, void *room)
{
	atomic_store(&r->taken[((char *)room - r->bytes) / r->size], false);
}
