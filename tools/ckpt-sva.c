/* ckpt-sva - how singular vectors of a matrix agree between checkpoints */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "cli.h"
#include "names.h"
#include "spec.h"

enum { SCORE = 10 };

static bool scalar, matrix, baseline;
static const char *ref_path, *with_path;
static int64_t top = 100;

static const struct opt opts[] = {
	{ 'r', "ref", OPT_STR, "file", &ref_path,
	    "against the last checkpoint of file", true },
	{ 'w', "with", OPT_STR, "file", &with_path,
	    "against the same step of file", true },
	{ 'S', "scalar", OPT_FLAG, NULL, &scalar,
	    "one number for a matrix: the mean of the first 10", false },
	{ 'm', "matrix", OPT_FLAG, NULL, &matrix,
	    "all pairs of vectors, not only the equal ranks", false },
	{ 'k', "top", OPT_INT, "n", &top,
	    "so many singular vectors (100; 0: all)", false },
	{ 'b', "baseline", OPT_FLAG, NULL, &baseline,
	    "add what is expected of random vectors", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "print how singular vectors agree with another checkpoint's",
	.opts = opts,
	.common = CLI_IN | CLI_TABLE,
};

/* A matrix that is compared, or compared with. */
struct entry {
	uint64_t	 step;
	char		*name;
	uint64_t	 rows, cols;
	bool		 asked;		/* it has rows in the table */
	bool		 lasting;	/* it serves more than one comparison */
	struct entry	*other;		/* what it is compared with */
	struct spec_factors f;
	char		 error[200];
};

static struct factor_line *line;
static struct names reference;		/* name: its struct entry */
static bool good = true;

static struct entry *
entry_new(uint64_t step, const struct tensor *t)
{
	struct spec_matrix m = spec_view(t, SPEC_FLAT, 0);
	struct entry *e = xmalloc(sizeof *e);

	*e = (struct entry){ .step = step, .name = xstrdup(t->name),
	    .rows = m.rows, .cols = m.cols };
	return e;
}

static void
entry_free(void *arg)
{
	struct entry *e = arg;

	if (e == NULL)
		return;
	spec_factors_free(&e->f);
	free(e->name);
	free(e);
}

/* ---------------------------------------------------------------- output */

/* Eq. 5: one product, one absolute value. */
static double
agreement(const struct spec_factors *x, const struct spec_factors *y, size_t i,
    size_t j)
{
	return fabs(
	    cblas_ddot(x->rows, x->u + i * x->rows, 1, y->u + j * y->rows, 1) *
	    cblas_ddot(x->cols, x->v + i * x->cols, 1, y->v + j * y->cols, 1));
}

static void
row(const struct entry *e, size_t i, size_t j, double value)
{
	table_int(e->step);
	table_str(e->name);
	if (!scalar)
		table_int(i + 1);
	if (matrix)
		table_int(j + 1);
	table_num(value);
	if (baseline)
		table_num(M_2_PI / sqrt((double)e->rows * e->cols));
}

static void
compare(struct entry *x)
{
	const struct entry *y = x->other;
	size_t n = x->f.n;
	double sum = 0;

	if (*x->error == 0 && y && *y->error)
		snprintf(x->error, sizeof x->error, "the other's: %.180s",
		    y->error);
	if (*x->error) {
		warn("step %llu: %s: %s", (unsigned long long)x->step,
		    x->name, x->error);
		good = false;
		row(x, 0, 0, NAN);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; matrix && j < n; j++)
			row(x, i, j, agreement(&x->f, &y->f, i, j));
		if (matrix)
			continue;
		sum += agreement(&x->f, &y->f, i, i);
		if (!scalar)
			row(x, i, i, agreement(&x->f, &y->f, i, i));
	}
	if (scalar)
		row(x, 0, 0, sum / n);
}

/* ----------------------------------------------------------------- work */

static void
take(bool all)
{
	struct factored *x;

	while ((x = factors_get(line, all)) != NULL) {
		struct entry *e = x->tag;

		if (*e->error == 0 && x->error)
			snprintf(e->error, sizeof e->error, "%s", x->error);
		e->f = x->f;
		x->f = (struct spec_factors){ 0 };
		if (!e->asked)
			continue;
		compare(e);
		if (e->other && !e->other->lasting)
			entry_free(e->other);
		entry_free(e);
	}
}

/* Have t decomposed for e; where e has an error already, nothing of it. */
static void
put(struct ckpt_rd *in, struct tensor *t, struct entry *e)
{
	struct spec_matrix m;
	void *copy;

	if (*e->error == 0 && ckpt_type_is_float(t->type))
		cli_load(in, t);
	m = spec_view(t, SPEC_FLAT, 0);
	if (t->data == NULL)
		m.rows = 0;
	copy = xmalloc(t->data ? t->size : 1);
	if (t->data)
		m.data = memcpy(copy, t->data, t->size);
	if (*e->error == 0 && !ckpt_type_is_float(t->type))
		snprintf(e->error, sizeof e->error,
		    "its elements are not real numbers");
	if (factors_put(line, e, copy, &m, scalar ? SCORE : top > 0 ?
	    (size_t)top : SIZE_MAX, SPEC_U | SPEC_V) < 0)
		die("out of memory");
}

/* Decompose every matrix of the last checkpoint of paths. */
static void
refer(char *paths[])
{
	struct ckpt_rd *in;
	struct tensor t;
	uint64_t last = 0;

	cli_rewind(paths);
	in = cli_open_all(paths);
	while (cli_next(in, &t))
		last = t.nth;
	ckpt_close(in);
	cli_rewind(paths);
	in = cli_open_all(paths);
	while (cli_next(in, &t)) {
		struct entry *e;

		if (t.nth != last || spec_count(&t, SPEC_FLAT) == 0)
			continue;
		e = entry_new(ckpt_step(in), &t);
		e->lasting = true;
		if (names_add(&reference, e->name, e) < 0)
			die("out of memory");
		put(in, &t, e);
		take(false);
	}
	take(true);
	ckpt_close(in);
	cli_rewind(paths);
}

/* The stream that goes along. */
static struct ckpt_rd *with;
static struct tensor with_t;
static bool with_more;

/* Its matrix of this step and name, or NULL. */
static struct entry *
with_find(uint64_t step, const char *name)
{
	struct entry *e = NULL;
	uint64_t nth;

	while (with_more && ckpt_step(with) < step)
		with_more = cli_next(with, &with_t);
	for (nth = with_t.nth; with_more && ckpt_step(with) == step &&
	    with_t.nth == nth && e == NULL;
	    with_more = cli_next(with, &with_t)) {
		if (strcmp(with_t.name, name) != 0 ||
		    spec_count(&with_t, SPEC_FLAT) == 0)
			continue;
		e = entry_new(step, &with_t);
		put(with, &with_t, e);
	}
	return e;
}

static void
feed(struct ckpt_rd *in, struct tensor *t)
{
	struct entry *e = entry_new(ckpt_step(in), t), *o;
	void **at = names_find(&reference, t->name);

	o = with ? with_find(e->step, t->name) : at ? *at : NULL;
	e->asked = true;
	e->other = o;
	if (o == NULL)
		snprintf(e->error, sizeof e->error, with ? "not in this place "
		    "of %.100s" : "not in the reference", with_path);
	else if (o->rows != e->rows || o->cols != e->cols)
		snprintf(e->error, sizeof e->error, "%llu x %llu here, "
		    "%llu x %llu there", (unsigned long long)e->rows,
		    (unsigned long long)e->cols, (unsigned long long)o->rows,
		    (unsigned long long)o->cols);
	put(in, t, e);
	take(false);
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	char *ref[] = { (char *)ref_path, NULL };
	char *beside[] = { (char *)with_path, NULL };
	struct ckpt_rd *in;
	struct tensor t;
	bool more;

	if (matrix && scalar)
		usage("--matrix and --scalar do not go together");
	if (ref_path && with_path)
		usage("--ref and --with do not go together");
	if (top < 0)
		usage("--top is not negative");
	line = factors_open(cli_threads());
	if (line == NULL)
		die("cannot start %d threads", cli_threads());
	if (with_path) {
		with = cli_open_all(beside);
		with_more = cli_next(with, &with_t);
	} else {
		refer(ref_path ? ref : paths);
	}
	in = cli_open(paths);
	more = cli_next(in, &t);
	table_start(scalar ? baseline ? "step tensor agreement random" :
	    "step tensor agreement" : matrix ?
	    baseline ? "step tensor i j agreement random" :
	    "step tensor i j agreement" :
	    baseline ? "step tensor i agreement random" :
	    "step tensor i agreement", in);
	for (uint64_t nth = 0; more; more = cli_next(in, &t)) {
		if (spec_count(&t, SPEC_FLAT) > 0)
			feed(in, &t);
		if (t.nth != nth)
			table_flush();
		nth = t.nth;
	}
	take(true);
	table_end();
	factors_close(line);
	names_clear(&reference, entry_free);
	ckpt_close(in);
	ckpt_close(with);
	return good ? 0 : 1;
}
