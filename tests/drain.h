/* drain.h - reading a checkpoint to its end, for tests and fuzzers */
#ifndef DRAIN_H
#define DRAIN_H

#define XXH_STATIC_LINKING_ONLY	/* the state, by value */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <xxhash.h>

#include "ckpt.h"

/* What a reader returned. */
struct drained {
	enum ckpt_kind	 why;
	char		 error[1400];
	size_t		 n;		/* tensors */
	uint64_t	*head;		/* digests of step, name, dtype, shape */
	uint64_t	*data;		/* of the bytes, when loaded */
	size_t		 room;
	uint64_t	 all;		/* XXH64 of all bytes in order */
};

static inline uint64_t
digest_head(const struct ckpt_rd *r, const struct ckpt_tensor *t)
{
	XXH64_state_t h;
	uint64_t step = ckpt_step(r), nth = ckpt_nth(r);

	XXH64_reset(&h, 0);
	XXH64_update(&h, &step, sizeof step);
	XXH64_update(&h, &nth, sizeof nth);
	XXH64_update(&h, &t->hash, sizeof t->hash);
	XXH64_update(&h, t->dim, t->rank * sizeof *t->dim);
	XXH64_update(&h, t->name, strlen(t->name));
	XXH64_update(&h, t->dtype, strlen(t->dtype));
	return XXH64_digest(&h);
}

/* The tensors of a checkpoint; what the last call returned. */
static inline int
drain_tensors(struct drained *d, struct ckpt_rd *r, XXH64_state_t *all,
    bool load)
{
	struct ckpt_tensor t;
	int got;

	while ((got = ckpt_next_tensor(r, &t)) == 1 &&
	    (!load || (got = ckpt_load(r, &t)) == 0)) {
		if (d->n == d->room) {
			d->room = d->room ? 2 * d->room : 64;
			d->head = realloc(d->head, d->room * sizeof *d->head);
			d->data = realloc(d->data, d->room * sizeof *d->data);
			if (d->head == NULL || d->data == NULL)
				abort();
		}
		d->head[d->n] = digest_head(r, &t);
		d->data[d->n++] = load ? XXH64(t.data, t.size, 0) : 0;
		if (load)
			XXH64_update(all, t.data, t.size);
	}
	return got;
}

/* Read the file open at fd from its start, the data too if load is set. Free
 * the result with drained_free. */
static inline struct drained
drain(int fd, const struct ckpt_format *const formats[], int threads,
    bool load, uint64_t limit)
{
	struct drained d = { 0 };
	char name[32], *paths[] = { name, NULL };
	struct ckpt_rd *r;
	XXH64_state_t all;
	int got;

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	r = ckpt_open(paths, formats);
	if (r == NULL)
		abort();
	ckpt_set_threads(r, threads);
	if (limit)
		ckpt_set_limit(r, limit);
	XXH64_reset(&all, 0);
	while ((got = ckpt_next_checkpoint(r)) == 1)
		if (drain_tensors(&d, r, &all, load) < 0)
			break;
	d.all = XXH64_digest(&all);
	d.why = ckpt_why(r);
	if ((got == 0) != (d.why == CKPT_FINE))
		abort();
	snprintf(d.error, sizeof d.error, "%s", ckpt_error(r));
	ckpt_close(r);
	return d;
}

static inline void
drained_free(struct drained *d)
{
	free(d->head);
	free(d->data);
}

/* A file in memory of these bytes. */
static inline int
memory_file(const void *p, size_t n)
{
	int fd = memfd_create("drain", MFD_CLOEXEC);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	return fd;
}

#endif
