/* spec_factors.c - singular vectors of many matrices, on threads, in order */
#include <stdatomic.h>
#include <stdlib.h>

#include <cblas.h>

#include "base/thread_pool.h"
#include "spec.h"

enum {
	WAITING = 16 << 20,	/* bytes of small matrices that may wait */
	AHEAD = 8		/* matrices per thread that may be unasked for */
};

struct job {
	struct spec_factor_line *line;
	struct spec_matrix m;
	void		*data;		/* until done */
	size_t		 size, k;
	int		 want;
	struct spec_factored	 out;
	char		 error[200];
};

struct spec_factor_line {
	struct ckpt_pool	*pool;
	atomic_size_t	 held;		/* bytes that wait */
	struct job	*now;		/* what factors_get gave out */
};

static void
work(void *arg)
{
	struct job *j = arg;

	if (j->data == NULL)
		return;
	if (spec_vectors(&j->m, j->k, j->want, &j->out.f, j->error,
	    sizeof j->error) < 0)
		j->out.error = j->error;
	free(j->data);
	j->data = NULL;
	atomic_fetch_sub(&j->line->held, j->size);
}

static void
job_free(struct job *j)
{
	if (j == NULL)
		return;
	spec_factors_free(&j->out.f);
	free(j->data);
	free(j);
}

struct spec_factor_line *
spec_factors_open(int threads)
{
	struct spec_factor_line *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->pool = ckpt_pool_open(threads, work);
	if (l->pool == NULL) {
		free(l);
		return NULL;
	}
	openblas_set_num_threads(1);
	return l;
}

int
spec_factors_put(struct spec_factor_line *l, void *tag, void *data,
    const struct spec_matrix *m, size_t k, int want)
{
	size_t others = ckpt_pool_size(l->pool) - 1, most;
	struct job *j = calloc(1, sizeof *j);

	if (j == NULL) {
		free(data);
		return -1;
	}
	*j = (struct job){ .line = l, .m = *m, .data = data, .k = k,
	    .want = want, .out.tag = tag,
	    .size = m->rows * m->cols * ckpt_type_size(m->type) };
	most = others * j->size > WAITING ? others * j->size : WAITING;
	/* enough waits for the others: this thread does it at once */
	if (atomic_fetch_add(&l->held, j->size) + j->size > most)
		work(j);
	if (ckpt_pool_push(l->pool, j) < 0) {
		job_free(j);
		return -1;
	}
	return 0;
}

struct spec_factored *
spec_factors_get(struct spec_factor_line *l, bool all)
{
	int threads = ckpt_pool_size(l->pool);
	size_t ahead = threads > 1 ? AHEAD * threads : 0;

	job_free(l->now);
	l->now = NULL;
	if (!all && ckpt_pool_waiting(l->pool) <= ahead)
		return NULL;
	l->now = ckpt_pool_pull(l->pool);
	return l->now ? &l->now->out : NULL;
}

void
spec_factors_close(struct spec_factor_line *l)
{
	struct job *j;

	if (l == NULL)
		return;
	while ((j = ckpt_pool_pull(l->pool)) != NULL)
		job_free(j);
	ckpt_pool_close(l->pool);
	job_free(l->now);
	free(l);
}
