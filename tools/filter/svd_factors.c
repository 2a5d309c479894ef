/* svd_factors.c - U, S and Vh of every matrix of a stream, as a stream */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "spec.h"
#include "svd_factors.h"

/* A matrix in the queue. */
struct item {
	uint64_t	 step;
	char		 name[CKPT_NAME + 1];
	enum ckpt_type	 type;
};

static struct spec_queue *queue;
static struct ckpt_wr *out;
static bool found;			/* a matrix */
static size_t top;			/* triplets wanted of each matrix */
static bool good = true;

/* Write x, (rows, cols), or (cols) if rows is 0, as a tensor NAME.WHICH. */
static void
write_tensor(const struct item *it, const char *which,
    const double *x, size_t rows, size_t cols)
{
	struct ckpt_tensor t = { .type = it->type, .rank = rows ? 2 : 1 };
	char name[CKPT_NAME + 4];

	if ((size_t)snprintf(name, sizeof name, "%s.%s", it->name, which) >
	    CKPT_NAME)
		cli_die("%s: too long a name for its factors", it->name);
	t.name = name;
	t.dim[0] = rows ? rows : cols;
	t.dim[1] = cols;
	ckpt_measure(&t);
	t.data = cli_malloc(t.size);
	ckpt_from_double(t.data, x, t.type, t.len);
	cli_check(out, ckpt_put(out, &t));
	free(t.data);
}

static void
write_factors(const struct item *it, const struct spec_factors *f)
{
	double *u = cli_malloc(f->rows * f->n * sizeof *u);

	for (size_t i = 0; i < f->n; i++)
		for (size_t j = 0; j < f->rows; j++)
			u[j * f->n + i] = f->u[i * f->rows + j];
	write_tensor(it, "U", u, f->rows, f->n);
	write_tensor(it, "S", f->s, 0, f->n);
	write_tensor(it, "Vh", f->v, f->n, f->cols);
	free(u);
}

/* Write the results that are ready, or all. */
static void
write_results(bool all)
{
	struct spec_result *x;

	while ((x = spec_queue_get(queue, all)) != NULL) {
		struct item *it = x->tag;

		if (x->error)
			cli_warn("step %llu: %s: %s",
			    (unsigned long long)it->step, it->name, x->error);
		else
			write_factors(it, &x->f);
		good &= x->error == NULL;
		free(it);
	}
}

static void
begin_checkpoint(struct ckpt_rd *in)
{
	cli_check(out, ckpt_begin_from(out, in));
}

/* All that belongs to a checkpoint is written before it ends. */
static void
end_checkpoint(void)
{
	write_results(true);
}

static void
drain_results(bool whole)
{
	(void)whole;
	write_results(true);
}

static void
put_matrix(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	struct item *it;
	struct spec_matrix m;

	if (spec_count(t, SPEC_FLAT) == 0)
		return;
	found = true;
	it = cli_malloc(sizeof *it);
	it->step = ckpt_step(in);
	snprintf(it->name, sizeof it->name, "%s", t->name);
	it->type = t->type == CKPT_F64 ? CKPT_F64 : CKPT_F32;
	if (ckpt_type_is_float(t->type))
		cli_load(in, t);
	m = spec_view(t, SPEC_FLAT, 0);
	if (spec_queue_put(queue, it, &m, NULL, top, SPEC_U | SPEC_V) < 0)
		cli_die("out of memory");
	write_results(false);
}

int
cli_svd_factors(char *paths[], size_t k)
{
	struct ckpt_rd *in;

	top = k;
	queue = spec_queue_open(cli_threads());
	if (queue == NULL)
		cli_die("cannot start %d threads", cli_threads());
	in = cli_open(paths);
	out = cli_create(NULL);
	cli_on_drain(drain_results);
	cli_filter(in, begin_checkpoint, put_matrix, end_checkpoint);
	if (!found)
		cli_die_empty("no matrix in the input; ckpt-ls lists its "
		    "tensors");
	cli_finish(out);
	spec_queue_close(queue);
	cli_close(in);
	return good ? 0 : 1;
}
