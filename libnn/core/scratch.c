/* scratch.c - scratch buffers, one per thread */
#include "scratch.h"

int
nn_scratch_alloc(struct nn *net, struct nn_scratch *s, size_t size)
{
	s->n = nn_team_size(nn_team_of(net));
	s->size = (size / 64 + 1) * 64;	/* not 0, so that buffers differ */
	s->bytes = nn_alloc(net, s->n, s->size);
	s->in_use = nn_alloc(net, s->n, sizeof *s->in_use);
	if (s->bytes == NULL || s->in_use == NULL)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		atomic_init(&s->in_use[i], false);
	return 0;
}

/* There are as many buffers as threads, so one is free. */
void *
nn_scratch_acquire(struct nn_scratch *s)
{
	size_t i = 0;

	while (atomic_exchange(&s->in_use[i], true))
		i = (i + 1) % s->n;
	return s->bytes + i * s->size;
}

void
nn_scratch_release(struct nn_scratch *s, void *buffer)
{
	size_t i = ((char *)buffer - s->bytes) / s->size;

	atomic_store(&s->in_use[i], false);
}
