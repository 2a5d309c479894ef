/* spec_line.c - the spectra of a stream of tensors, on threads, in order */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "base/thread_pool.h"
#include "spec.h"

enum {
	COPIES = 16 << 20,	/* bytes of small tensors that may wait */
	AHEAD = 8		/* tensors per thread that may be unasked for */
};

/* A tensor in the line. */
struct job {
	struct spec_line *line;
	struct ckpt_tensor	 t;
	uint64_t	 step;
	enum spec_conv	 conv;
	void		*copy;		/* of its bytes, until done */
	bool		 done;
	uint64_t	 count;		/* matrices */
	size_t		 n;		/* singular values of each */
	double		*s;		/* (count, n) */
	char		**error;	/* (count), NULL where there is none */
};

struct spec_line {
	struct ckpt_pool	*pool;
	enum spec_conv	 conv;
	atomic_size_t	 held;		/* bytes in copies */
	struct job	*now;		/* what spec_get is giving out */
	uint64_t	 given;		/* matrices of it */
	struct spec_spectrum	 out;
	char		 name[CKPT_NAME + 24 * CKPT_RANK];
};

static char no_memory[] = "out of memory";

static void
work(void *arg)
{
	struct job *j = arg;
	char text[200];

	if (j->done)
		return;
	for (uint64_t i = 0; i < j->count; i++) {
		struct spec_matrix m = spec_view(&j->t, j->conv, i);

		if (spec_values(&m, j->s + i * j->n, text, sizeof text) < 0 &&
		    (j->error[i] = strdup(text)) == NULL)
			j->error[i] = no_memory;
	}
	if (j->copy) {
		free(j->copy);
		j->copy = NULL;
		atomic_fetch_sub(&j->line->held, j->t.size);
	}
	j->done = true;
}

static void
job_free(struct job *j)
{
	if (j == NULL)
		return;
	for (uint64_t i = 0; j->error && i < j->count; i++)
		if (j->error[i] != no_memory)
			free(j->error[i]);
	free(j->error);
	free(j->s);
	free(j->copy);
	free((char *)j->t.name);
	free(j);
}

struct spec_line *
spec_open(int threads, enum spec_conv conv)
{
	struct spec_line *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->conv = conv;
	l->pool = ckpt_pool_open(threads, work);
	if (l->pool == NULL) {
		free(l);
		return NULL;
	}
	openblas_set_num_threads(1);
	return l;
}

/* May so many bytes be copied for another thread? Large tensors: one for
 * each, so that all have work; this thread then needs no copy. */
static bool
may_copy(struct spec_line *l, size_t size)
{
	size_t others = ckpt_pool_size(l->pool) - 1;
	size_t most = others * size > COPIES ? others * size : COPIES;

	return others > 0 && atomic_load(&l->held) + size <= most;
}

static struct job *
job_new(struct spec_line *l, uint64_t step, const struct ckpt_tensor *t)
{
	struct job *j = calloc(1, sizeof *j);
	struct spec_matrix m;

	if (j == NULL)
		return NULL;
	j->line = l;
	j->t = *t;
	j->step = step;
	j->conv = l->conv;
	j->count = spec_count(t, l->conv);
	m = spec_view(t, l->conv, 0);
	j->n = m.rows < m.cols ? m.rows : m.cols;
	if (t->data == NULL)
		j->n = 0;
	j->t.name = strdup(t->name);
	/* one more: calloc may give NULL for none */
	j->s = calloc(j->count * j->n + 1, sizeof *j->s);
	j->error = calloc(j->count, sizeof *j->error);
	if (!j->t.name || !j->s || !j->error) {
		job_free(j);
		return NULL;
	}
	return j;
}

int
spec_put(struct spec_line *l, uint64_t step, const struct ckpt_tensor *t)
{
	struct job *j;

	if (spec_count(t, l->conv) == 0)
		return 0;
	j = job_new(l, step, t);
	if (j == NULL)
		return -1;
	if (t->data && may_copy(l, t->size) &&
	    (j->copy = malloc(t->size + 1)) != NULL) {
		memcpy(j->copy, t->data, t->size);
		j->t.data = j->copy;
		atomic_fetch_add(&l->held, t->size);
	} else {
		work(j);
	}
	if (ckpt_pool_push(l->pool, j) < 0) {
		job_free(j);
		return -1;
	}
	return 0;
}

/* "w[1,2]" for tap i of a (., ., 3, 3) convolution. */
static const char *
slice_name(struct spec_line *l, const struct ckpt_tensor *t, uint64_t i)
{
	uint64_t at[CKPT_RANK];
	size_t len;

	for (int k = t->rank - 1; k >= 2; k--) {
		at[k] = i % t->dim[k];
		i /= t->dim[k];
	}
	len = snprintf(l->name, sizeof l->name, "%s", t->name);
	for (int k = 2; k < t->rank; k++)
		len += snprintf(l->name + len, sizeof l->name - len, "%c%llu",
		    k == 2 ? '[' : ',', (unsigned long long)at[k]);
	snprintf(l->name + len, sizeof l->name - len, "]");
	return l->name;
}

struct spec_spectrum *
spec_get(struct spec_line *l, bool all)
{
	int threads = ckpt_pool_size(l->pool);
	size_t ahead = threads > 1 ? AHEAD * threads : 0;
	struct spec_matrix m;
	struct job *j;
	uint64_t i;

	if (l->now && l->given == l->now->count) {
		job_free(l->now);
		l->now = NULL;
	}
	if (l->now == NULL) {
		if (!all && ckpt_pool_waiting(l->pool) <= ahead)
			return NULL;
		l->now = ckpt_pool_pull(l->pool);
		l->given = 0;
	}
	j = l->now;
	if (j == NULL)
		return NULL;
	i = l->given++;
	m = spec_view(&j->t, j->conv, i);
	l->out = (struct spec_spectrum){
		.step = j->step, .name = j->t.name, .tensor = j->t.name,
		.tap = i, .taps = j->count, .rows = m.rows,
		.cols = m.cols, .error = j->error[i],
		.n = j->error[i] ? 0 : j->n, .s = j->s + i * j->n,
	};
	if (j->count > 1)
		l->out.name = slice_name(l, &j->t, i);
	return &l->out;
}

void
spec_close(struct spec_line *l)
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
