/* scratch.c - memory to work in, one room for each thread */
#include "scratch.h"

int
rooms_make(struct nn *net, struct rooms *r, size_t size)
{
	r->n = team_size(nn_team(net));
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
rooms_enter(struct rooms *r)
{
	size_t i = 0;

	while (atomic_exchange(&r->taken[i], true))
		i = (i + 1) % r->n;
	return r->bytes + i * r->size;
}

void
rooms_leave(struct rooms *r, void *room)
{
	atomic_store(&r->taken[((char *)room - r->bytes) / r->size], false);
}
