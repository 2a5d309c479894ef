/* svd_factors.c - U, S and Vh of every matrix of a stream, as a stream */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "spec.h"
#include "svd_factors.h"

/* A matrix on its way. */
struct item {
	uint64_t	 step;
	char		 name[CKPT_NAME + 1];
	enum ckpt_type	 type;
};

static struct spec_factor_line *line;
static struct ckpt_wr *out;
static size_t top;			/* singular values wanted of each */
static bool good = true;

/* x, of (rows, cols), as a tensor called NAME.WHICH. */
static void
put(const struct item *it, const char *which,
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
put_factors(const struct item *it,
    const struct spec_factors *f)
{
	double *u = cli_malloc(f->rows * f->n * sizeof *u);

	for (size_t i = 0; i < f->n; i++)
		for (size_t j = 0; j < f->rows; j++)
			u[j * f->n + i] = f->u[i * f->rows + j];
	put(it, "U", u, f->rows, f->n);
	put(it, "S", f->s, 0, f->n);
	put(it, "Vh", f->v, f->n, f->cols);
	free(u);
}

/* Write what is ready, or all. */
static void
take(bool all)
{
	struct spec_factored *x;

	while ((x = spec_factors_get(line, all)) != NULL) {
		struct item *it = x->tag;

		if (x->error)
			cli_warn("step %llu: %s: %s",
			    (unsigned long long)it->step,
			    it->name, x->error);
		else
			put_factors(it, &x->f);
		good &= x->error == NULL;
		free(it);
	}
}

static void
begin_checkpoint(struct ckpt_rd *in)
{
	cli_check(out, ckpt_begin_from(out, in));
}

/* All that belongs to a checkpoint is written before the next one begins. */
static void
end_checkpoint(void)
{
	take(true);
}

static void
queue_matrix(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	struct spec_matrix m = spec_view(t, SPEC_FLAT, 0);
	struct item *it = cli_malloc(sizeof *it);
	void *copy;

	it->step = ckpt_step(in);
	snprintf(it->name, sizeof it->name, "%s", t->name);
	it->type = t->type == CKPT_F64 ? CKPT_F64 : CKPT_F32;
	copy = cli_malloc(ckpt_type_is_float(t->type) ? t->size : 1);
	if (ckpt_type_is_float(t->type)) {
		cli_load(in, t);
		m.data = memcpy(copy, t->data, t->size);
	}
	if (spec_factors_put(line, it, copy, &m, top, SPEC_U | SPEC_V) < 0)
		cli_die("out of memory");
}

static void
decompose(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	if (spec_count(t, SPEC_FLAT) > 0)
		queue_matrix(in, t);
	take(false);
}

int
cli_svd_factors(char *paths[], size_t k)
{
	struct ckpt_rd *in;

	top = k;
	line = spec_factors_open(cli_threads());
	if (line == NULL)
		cli_die("cannot start %d threads", cli_threads());
	in = cli_open(paths);
	out = cli_create(NULL);
	cli_filter(in, begin_checkpoint, decompose, end_checkpoint);
	cli_finish(out);
	spec_factors_close(line);
	ckpt_close(in);
	return good ? 0 : 1;
}
