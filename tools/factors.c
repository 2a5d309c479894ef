/* factors.c - U, S and Vh of every matrix of a stream, as a stream */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "factors.h"
#include "spec.h"

/* A matrix on its way. */
struct item {
	uint64_t	 step;
	char		 name[CKPT_NAME + 1];
	enum ckpt_type	 type;
};

/* x, of (rows, cols), as a tensor called NAME.WHICH. */
static void
put(struct ckpt_wr *w, const struct item *it, const char *which,
    const double *x, size_t rows, size_t cols)
{
	struct tensor t = { .type = it->type, .rank = rows ? 2 : 1 };
	char name[CKPT_NAME + 4];

	if ((size_t)snprintf(name, sizeof name, "%s.%s", it->name, which) >
	    CKPT_NAME)
		die("%s: too long a name for its factors", it->name);
	t.name = name;
	t.dim[0] = rows ? rows : cols;
	t.dim[1] = cols;
	ckpt_measure(&t);
	t.data = xmalloc(t.size);
	ckpt_from_double(t.data, x, t.type, t.len);
	cli_check(w, ckpt_put(w, &t));
	free(t.data);
}

static void
put_factors(struct ckpt_wr *w, const struct item *it,
    const struct spec_factors *f)
{
	double *u = xmalloc(f->rows * f->n * sizeof *u);

	for (size_t i = 0; i < f->n; i++)
		for (size_t j = 0; j < f->rows; j++)
			u[j * f->n + i] = f->u[i * f->rows + j];
	put(w, it, "U", u, f->rows, f->n);
	put(w, it, "S", f->s, 0, f->n);
	put(w, it, "Vh", f->v, f->n, f->cols);
	free(u);
}

/* Write what is ready, or all. False if something had no factors. */
static bool
take(struct ckpt_wr *w, struct factor_line *line, bool all)
{
	struct factored *x;
	bool good = true;

	while ((x = factors_get(line, all)) != NULL) {
		struct item *it = x->tag;

		if (x->error)
			warn("step %llu: %s: %s", (unsigned long long)it->step,
			    it->name, x->error);
		else
			put_factors(w, it, &x->f);
		good &= x->error == NULL;
		free(it);
	}
	return good;
}

static void
give(struct factor_line *line, struct ckpt_rd *in, struct tensor *t, size_t k)
{
	struct spec_matrix m = spec_view(t, SPEC_FLAT, 0);
	struct item *it = xmalloc(sizeof *it);
	void *copy;

	it->step = ckpt_step(in);
	snprintf(it->name, sizeof it->name, "%s", t->name);
	it->type = t->type == CKPT_F64 ? CKPT_F64 : CKPT_F32;
	copy = xmalloc(ckpt_type_is_float(t->type) ? t->size : 1);
	if (ckpt_type_is_float(t->type)) {
		cli_load(in, t);
		m.data = memcpy(copy, t->data, t->size);
	}
	if (factors_put(line, it, copy, &m, k, SPEC_U | SPEC_V) < 0)
		die("out of memory");
}

int
factors(char *paths[], size_t k)
{
	struct factor_line *line = factors_open(cli_threads());
	struct ckpt_rd *in = cli_open(paths);
	struct ckpt_wr *out = cli_create(NULL);
	struct tensor t;
	uint64_t nth = UINT64_MAX;
	bool good = true;

	if (line == NULL)
		die("cannot start %d threads", cli_threads());
	ckpt_inherit(out, in);
	while (cli_next(in, &t)) {
		if (t.nth != nth) {
			good &= take(out, line, true);
			cli_check(out, ckpt_begin(out, ckpt_step(in)));
		}
		nth = t.nth;
		if (spec_count(&t, SPEC_FLAT) > 0)
			give(line, in, &t, k);
		good &= take(out, line, false);
	}
	good &= take(out, line, true);
	cli_finish(out);
	factors_close(line);
	ckpt_close(in);
	return good ? 0 : 1;
}
