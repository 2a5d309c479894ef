/*
 * matrix_map.c - a filter that changes each matrix by itself, on all threads
 *
 * All tensors pass through a thread pool, which keeps their order. A spec_queue
 * would not do: it decomposes, and returns no other tensors in between.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "base/thread_pool.h"
#include "matrix_map.h"

enum {
	WAITING = 16 << 20,	/* bytes in the pool */
	AHEAD = 8		/* tensors per thread in it */
};

/* A tensor on its way from input to output. */
struct job {
	struct ckpt_tensor	 t;	/* name, dtype and data are its own */
	uint64_t	 step;
	bool		 changes;
	int		 result;
	char		 error[200];
	struct job	*next;		/* held */
};

static struct ckpt_pool *pool;
static struct ckpt_wr *out;
static const struct cli_matrix_filter *scope;
static int (*change)(struct ckpt_tensor *, char *, size_t);
static size_t bytes;			/* of what is in the pool */

/* A matrix that may be the last of its checkpoint, and the tensors after it. */
static struct job *held, **held_end = &held;

static uint64_t step;
static char *last;			/* the last matrix of a checkpoint */

static void
run_job(void *arg)
{
	struct job *j = arg;

	if (j->changes)
		j->result = change(&j->t, j->error, sizeof j->error);
}

static void
write_oldest(void)
{
	struct job *j = ckpt_pool_pull(pool);

	if (j->result < 0) {
		cli_on_drain(NULL);	/* nothing follows this tensor */
		cli_die("step %" PRIu64 ": %s: %s", j->step, j->t.name,
		    j->error);
	}
	cli_check(out, ckpt_put(out, &j->t));
	bytes -= j->t.size;
	free((char *)j->t.name);
	free((char *)j->t.dtype);
	free(j->t.data);
	free(j);
}

static void
push_job(struct job *j)
{
	size_t threads = ckpt_pool_size(pool), n;

	bytes += j->t.size;
	if (ckpt_pool_push(pool, j) < 0)
		cli_die("out of memory");
	while ((n = ckpt_pool_waiting(pool)) >= threads &&
	    (bytes > WAITING || n > AHEAD * threads))
		write_oldest();
}

/* Another matrix follows those held, or the checkpoint ends. */
static void
release_held(bool final)
{
	struct job *j = held, *next;

	if (j) {
		bool is_last = cli_is_last_matrix(scope, j->t.name, final);

		if (is_last)
			last = cli_strdup(j->t.name);
		j->changes = cli_matrix_filter_takes(scope, j->t.name, is_last);
	}
	for (; j; j = next) {
		next = j->next;
		push_job(j);
	}
	held = NULL;
	held_end = &held;
}

static void
drain_jobs(bool whole)
{
	(void)whole;
	while (ckpt_pool_waiting(pool) > 0)
		write_oldest();
}

static void
begin_checkpoint(struct ckpt_rd *in)
{
	cli_check(out, ckpt_begin_from(out, in));
	cli_find_last_matrix(scope, in);
	step = ckpt_step(in);
}

static void
end_checkpoint(void)
{
	release_held(true);
	drain_jobs(true);
	cli_report_last_matrix(scope, last, step);
	free(last);
	last = NULL;
}

static void
read_tensor(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	struct job *j = cli_malloc(sizeof *j);
	bool matrix = cli_is_matrix(t);

	cli_load(in, t);
	*j = (struct job){ .t = *t, .step = ckpt_step(in) };
	j->t.name = cli_strdup(t->name);
	j->t.dtype = cli_strdup(t->dtype);
	j->t.data = cli_malloc(t->size);
	if (t->size > 0)
		memcpy(j->t.data, t->data, t->size);
	if (matrix)
		release_held(false);
	if (matrix || held) {
		*held_end = j;
		held_end = &j->next;
	} else {
		push_job(j);
	}
}

void
cli_map_matrices(char *paths[], const struct cli_matrix_filter *s,
    int (*how)(struct ckpt_tensor *, char *, size_t))
{
	struct ckpt_rd *in;

	scope = s;
	change = how;
	pool = ckpt_pool_open(cli_threads(), run_job);
	if (pool == NULL)
		cli_die("cannot start %d threads", cli_threads());
	openblas_set_num_threads(1);
	in = cli_open(paths);
	out = cli_create(NULL);
	cli_on_drain(drain_jobs);
	cli_filter(in, begin_checkpoint, read_tensor, end_checkpoint);
	cli_matrix_filter_check();
	cli_finish(out);
	cli_close(in);
	ckpt_pool_close(pool);
}
