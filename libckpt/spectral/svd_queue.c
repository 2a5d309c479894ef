/* svd_queue.c - decompositions on several threads, returned in order */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "base/thread_pool.h"
#include "spec.h"

enum {
	WAITING = 16 << 20,	/* bytes of small matrices that may wait */
	AHEAD = 8		/* matrices per thread in the queue */
};

struct job {
	struct spec_queue	*queue;
	struct spec_matrix	 m;
	void			*owned;		/* until done */
	size_t			 waiting;	/* bytes, until done */
	size_t			 k;
	int			 want;
	bool			 done;
	struct spec_result	 result;
	char			 error[200];
};

struct spec_queue {
	struct ckpt_pool	*pool;
	atomic_size_t		 waiting;	/* bytes */
	struct job		*last;		/* its result was returned */
};

static void
decompose(void *arg)
{
	struct job *j = arg;

	if (j->done)
		return;
	if (spec_svd(&j->m, j->k, j->want, &j->result.f, j->error,
	    sizeof j->error) < 0)
		j->result.error = j->error;
	free(j->owned);
	j->owned = NULL;
	atomic_fetch_sub(&j->queue->waiting, j->waiting);
	j->done = true;
}

static void
free_job(struct job *j)
{
	if (j == NULL)
		return;
	spec_factors_free(&j->result.f);
	free(j->owned);
	free(j);
}

struct spec_queue *
spec_queue_open(int threads)
{
	struct spec_queue *q = calloc(1, sizeof *q);

	if (q == NULL)
		return NULL;
	q->pool = ckpt_pool_open(threads, decompose);
	if (q->pool == NULL) {
		free(q);
		return NULL;
	}
	openblas_set_num_threads(1);
	return q;
}

/* May a matrix of this size wait for another thread? Of large ones, one
 * for each other thread, so that all have work. */
static bool
may_wait(struct spec_queue *q, size_t size)
{
	size_t others = ckpt_pool_size(q->pool) - 1;
	size_t limit = others * size > WAITING ? others * size : WAITING;

	return others > 0 && atomic_load(&q->waiting) + size <= limit;
}

/* Copy the elements of j->m, without those between them. */
static int
copy_elements(struct job *j, size_t size)
{
	size_t step = ckpt_type_size(j->m.type);
	const char *from = j->m.data;
	char *to = j->owned = malloc(size + 1);

	if (to == NULL)
		return -1;
	if (j->m.stride == 1)
		memcpy(to, from, size);
	else
		for (size_t at = 0; at < size; at += step)
			memcpy(to + at, from + at * j->m.stride, step);
	j->m.data = to;
	j->m.stride = 1;
	return 0;
}

int
spec_queue_put(struct spec_queue *q, void *tag, const struct spec_matrix *m,
    void *owned, size_t k, int want)
{
	size_t size = m->rows * m->cols * ckpt_type_size(m->type);
	struct job *j = calloc(1, sizeof *j);

	if (j == NULL) {
		free(owned);
		return -1;
	}
	*j = (struct job){ .queue = q, .m = *m, .owned = owned, .k = k,
	    .want = want, .result.tag = tag };
	if (m->data && may_wait(q, size) &&
	    (owned || copy_elements(j, size) == 0)) {
		j->waiting = size;
		atomic_fetch_add(&q->waiting, size);
	} else {
		decompose(j);
	}
	if (ckpt_pool_push(q->pool, j) < 0) {
		free_job(j);
		return -1;
	}
	return 0;
}

struct spec_result *
spec_queue_get(struct spec_queue *q, bool all)
{
	int threads = ckpt_pool_size(q->pool);
	size_t ahead = threads > 1 ? AHEAD * threads : 0;

	free_job(q->last);
	q->last = NULL;
	if (all || ckpt_pool_waiting(q->pool) > ahead ||
	    ckpt_pool_is_done(q->pool))
		q->last = ckpt_pool_pull(q->pool);
	return q->last ? &q->last->result : NULL;
}

void
spec_queue_close(struct spec_queue *q)
{
	if (q == NULL)
		return;
	while (spec_queue_get(q, true))
		;
	ckpt_pool_close(q->pool);
	free(q);
}
