/* fuzz.h - properties of readers that hold for any input */
#ifndef FUZZ_H
#define FUZZ_H

#include "drain.h"

/* Enough for valid input, small enough to find decompression bombs. */
#define FUZZ_LIMIT (64 << 20)

/* Are both results equal? Only headers are compared if one did not load. Of two
 * errors in a tensor, threads that prefetch may find the later one. */
static bool
are_equal(const struct drained *a, const struct drained *b, bool loaded)
{
	size_t n = a->n * sizeof *a->head;

	return a->n == b->n && (a->why == CKPT_FINE) == (b->why == CKPT_FINE) &&
	    (n == 0 || memcmp(a->head, b->head, n) == 0) &&
	    (n == 0 || !loaded || memcmp(a->data, b->data, n) == 0);
}

static void
require(bool good, const char *what, const struct drained *a,
    const struct drained *b)
{
	if (good)
		return;
	fprintf(stderr, "%s\n%zu tensors, kind %d: %s\n%zu tensors, kind %d: "
	    "%s\n", what, a->n, a->why, a->error, b->n, b->why, b->error);
	abort();
}

/* A copy of the checkpoints, some as differences, has the same tensors. */
static void
fuzz_copy(int fd, const struct ckpt_format *const formats[],
    const struct drained *want)
{
	int copy = memory_file("", 0);
	char from[32], to[32], error[1400] = "", *paths[] = { from, NULL };
	struct ckpt_rd *r;
	struct ckpt_wr *w;
	struct ckpt_tensor t;
	struct drained got;
	bool done = true;

	snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
	snprintf(to, sizeof to, "/proc/self/fd/%d", copy);
	r = ckpt_open(paths, formats);
	w = ckpt_create_here(to, "fuzz", "1", "fuzz");
	if (r == NULL || w == NULL)
		abort();
	ckpt_set_packing(w, 1, 1, want->n % 2 ? 3 : 0);
	ckpt_set_limit(r, FUZZ_LIMIT);
	while (done && ckpt_next_checkpoint(r) == 1) {
		done = ckpt_begin_from(w, r) == 0;
		while (done && ckpt_next_tensor(r, &t) == 1)
			done = t.size % 3 == 0 ? ckpt_copy(w, r, &t) == 0 :
			    ckpt_load(r, &t) == 0 && ckpt_put(w, &t) == 0;
	}
	done = ckpt_finish(w, error, sizeof error) == 0 && done;
	ckpt_close(r);
	got = drain(copy, NULL, 1, true, FUZZ_LIMIT);
	/* a copy fails if a header has the maximum number of keys already */
	if (done)
		require(got.why == CKPT_FINE && got.n == want->n && (got.n == 0 ||
		    memcmp(got.data, want->data, got.n * sizeof *got.data)
		    == 0), "a copy differs", want, &got);
	drained_free(&got);
	close(copy);
}

/* Reading may not crash; one thread, two threads and skipping of data agree;
 * what can be read can be written. */
static void
fuzz(const uint8_t *p, size_t n, const struct ckpt_format *const formats[])
{
	int fd = memory_file(p, n);
	struct drained heads = drain(fd, formats, 1, false, FUZZ_LIMIT);
	struct drained one = drain(fd, formats, 1, true, FUZZ_LIMIT);
	struct drained two = drain(fd, formats, 2, true, FUZZ_LIMIT);

	require(are_equal(&one, &two, true), "one thread and two", &one, &two);
	if (one.why == CKPT_FINE) {
		require(are_equal(&heads, &one, false), "skipping and loading",
		    &heads, &one);
		fuzz_copy(fd, formats, &one);
	}
	drained_free(&heads);
	drained_free(&one);
	drained_free(&two);
	close(fd);
}

#endif
