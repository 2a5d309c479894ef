/* ckpt-sva - the agreement of singular vectors between checkpoints (eq. 5) */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "base/name_map.h"
#include "cli/cli.h"
#include "filter/pair_list.h"
#include "spec.h"

enum { SCORE = 10 };

static bool scalar, matrix, baseline;
static const char *ref_path, *with_path, *pairs;
static int64_t top = 100;

static const struct cli_opt opts[] = {
	{ 'r', "ref", OPT_STR, "file", &ref_path,
	    "compare with the last checkpoint of file", true },
	{ 'w', "with", OPT_STR, "file", &with_path,
	    "compare with the same step of file", true },
	{ 'p', "pairs", OPT_STR, "file", &pairs,
	    "compare the two files of each line; - is stdin", true },
	{ 'S', "scalar", OPT_FLAG, NULL, &scalar,
	    "one number per matrix: the mean of the top 10", false },
	{ 'm', "matrix", OPT_FLAG, NULL, &matrix,
	    "all pairs of vectors i, j, not only i = j", false },
	{ 'k', "top", OPT_COUNT, "n", &top,
	    "use the top n singular vectors (100; 0: all)", false },
	{ 'b', "baseline", OPT_FLAG, NULL, &baseline,
	    "add the expected value for random vectors", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "measure agreement of singular vectors of checkpoints",
	.opts = opts,
	.common = CLI_IN | CLI_TABLE,
};

static struct cli_table *table;
static bool found;			/* a matrix */

/* A matrix that is compared, or that others are compared with. */
struct entry {
	uint64_t	 step;
	char		*name, *path;	/* path: its file */
	uint64_t	 rows, cols;
	bool		 asked;		/* it has rows in the table */
	bool		 lasting;	/* used in more than one comparison */
	struct entry	*other;		/* what it is compared with */
	struct spec_factors f;
	char		 error[600];
};

static struct spec_queue *queue;
static struct ckpt_name_map reference;		/* struct entry by name */
static bool good = true;
static size_t pair;			/* being printed, from 1 */

static struct entry *
new_entry(const struct ckpt_rd *in, const struct ckpt_tensor *t)
{
	struct spec_matrix m = spec_view(t, SPEC_FLAT, 0);
	struct entry *e = cli_malloc(sizeof *e);

	found = true;
	*e = (struct entry){ .step = ckpt_step(in),
	    .name = cli_strdup(t->name), .path = cli_strdup(ckpt_path(in)),
	    .rows = m.rows, .cols = m.cols };
	return e;
}

static void
free_entry(void *arg)
{
	struct entry *e = arg;

	if (e == NULL)
		return;
	spec_factors_free(&e->f);
	free(e->name);
	free(e->path);
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
print_row(const struct entry *e, size_t i, size_t j, double value)
{
	if (pairs)
		cli_table_int(table, pair);
	cli_table_int(table, e->step);
	cli_table_str(table, e->name);
	if (!scalar)
		cli_table_int(table, i + 1);
	if (matrix)
		cli_table_int(table, j + 1);
	cli_table_num(table, value);
	if (baseline)
		cli_table_num(table, M_2_PI / sqrt((double)e->rows * e->cols));
}

static void
print_agreement(struct entry *x)
{
	const struct entry *y = x->other;
	size_t n = x->f.n;
	double sum = 0;

	if (*x->error == 0 && y && *y->error)
		snprintf(x->error, sizeof x->error, "the other's: %.180s",
		    y->error);
	if (*x->error) {
		cli_warn("step %llu: %s: %s", (unsigned long long)x->step,
		    x->name, x->error);
		good = false;
		print_row(x, 0, 0, NAN);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; matrix && j < n; j++)
			print_row(x, i, j, agreement(&x->f, &y->f, i, j));
		if (matrix)
			continue;
		sum += agreement(&x->f, &y->f, i, i);
		if (!scalar)
			print_row(x, i, i, agreement(&x->f, &y->f, i, i));
	}
	if (scalar)
		print_row(x, 0, 0, sum / n);
}

/* ----------------------------------------------------------------- work */

static void
collect_factors(bool all)
{
	struct spec_result *x;

	while ((x = spec_queue_get(queue, all)) != NULL) {
		struct entry *e = x->tag;

		if (*e->error == 0 && x->error)
			snprintf(e->error, sizeof e->error, "%s", x->error);
		e->f = x->f;
		x->f = (struct spec_factors){ 0 };
		if (!e->asked)
			continue;
		print_agreement(e);
		if (e->other && !e->other->lasting)
			free_entry(e->other);
		free_entry(e);
	}
}

static void
drain_factors(bool whole)
{
	(void)whole;
	collect_factors(true);
}

/* Queue t for e; an empty matrix if e has an error already. */
static void
queue_matrix(struct ckpt_rd *in, struct ckpt_tensor *t, struct entry *e)
{
	struct spec_matrix m;

	if (*e->error == 0 && ckpt_type_is_float(t->type))
		cli_load(in, t);
	m = spec_view(t, SPEC_FLAT, 0);
	if (t->data == NULL)
		m.rows = 0;
	if (*e->error == 0 && !ckpt_type_is_float(t->type))
		snprintf(e->error, sizeof e->error,
		    "its elements are not real numbers");
	if (spec_queue_put(queue, e, &m, NULL, scalar ? SCORE : top > 0 ?
	    (size_t)top : SIZE_MAX, SPEC_U | SPEC_V) < 0)
		cli_die("out of memory");
}

/* Decompose every matrix of the last checkpoint of paths: add their entries to
 * the map, and call each for them, in order. */
static void
decompose_last(char *paths[], struct ckpt_name_map *entries,
    void (*each)(struct entry *, void *),
    void *arg)
{
	uint64_t last = cli_find_last(paths);
	struct ckpt_rd *in = cli_open_all(paths);
	struct ckpt_tensor t;

	while (cli_next_checkpoint(in) && ckpt_nth(in) < last)
		;
	/* the other file may store again what this one ties */
	ckpt_expand_ties(in, ref_path || pairs);
	while (cli_next_tensor(in, &t)) {
		struct entry *e;

		if (spec_count(&t, SPEC_FLAT) == 0)
			continue;
		e = new_entry(in, &t);
		e->lasting = true;
		if (ckpt_name_map_add(entries, e->name, e) < 0)
			cli_die("out of memory");
		if (each)
			each(e, arg);
		queue_matrix(in, &t, e);
		collect_factors(false);
	}
	collect_factors(true);
	cli_close(in);
	cli_rewind(paths);
}

/* The stream of --with. */
static struct ckpt_rd *with;
static bool with_more;			/* it is at a checkpoint, */
static bool with_met;			/* whose step is the one asked for */

static void
open_table(const struct ckpt_rd *in)
{
	char columns[100];

	snprintf(columns, sizeof columns, "%sstep tensor%s%s agreement%s",
	    pairs ? "pair " : "", scalar ? "" : " i", matrix ? " j" : "",
	    baseline ? " random" : "");
	table = cli_table_open(columns, in);
}

/* Advance to its checkpoint of this step, if it has one. Points of a path share a
 * step: each is used once. */
static void
seek_with(uint64_t step)
{
	if (with_met)
		with_more = cli_next_checkpoint(with);
	while (with_more && ckpt_step(with) < step)
		with_more = cli_next_checkpoint(with);
	with_met = with_more && ckpt_step(with) == step;
}

/* Its matrix of this name in that checkpoint, or NULL. */
static struct entry *
find_with(const char *name)
{
	struct ckpt_tensor t;

	while (with_met && cli_next_tensor(with, &t))
		if (strcmp(t.name, name) == 0 &&
		    spec_count(&t, SPEC_FLAT) > 0) {
			struct entry *e = new_entry(with, &t);

			queue_matrix(with, &t, e);
			return e;
		}
	return NULL;
}

/* Compare e with o, which is NULL if there is none. */
static void
pair_entries(struct entry *e, struct entry *o)
{
	e->other = o;
	if (o == NULL)
		snprintf(e->error, sizeof e->error, with ? "not in this place "
		    "of %.100s" : "not in the reference", with_path);
	else if (o->rows != e->rows || o->cols != e->cols)
		snprintf(e->error, sizeof e->error, "%llux%llu in %.200s, "
		    "%llux%llu in %.200s", (unsigned long long)e->rows,
		    (unsigned long long)e->cols, e->path,
		    (unsigned long long)o->rows, (unsigned long long)o->cols,
		    o->path);
}

static void
queue_compared(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	struct entry *e = new_entry(in, t);
	void **at = ckpt_name_map_find(&reference, t->name);

	e->asked = true;
	pair_entries(e, with ? find_with(t->name) : at ? *at : NULL);
	queue_matrix(in, t, e);
	collect_factors(false);
}

/* Compare with the last checkpoint, with --ref or with --with. */
static void
compare_stream(char *paths[])
{
	char *ref[] = { (char *)ref_path, NULL };
	char *other[] = { (char *)with_path, NULL };
	struct ckpt_rd *in;
	struct ckpt_tensor t;
	bool more;

	if (with_path) {
		with = cli_open_all(other);
		ckpt_expand_ties(with, true);
		with_more = cli_next_checkpoint(with);
	} else {
		decompose_last(ref_path ? ref : paths, &reference, NULL, NULL);
	}
	in = cli_open(paths);
	more = cli_next_checkpoint(in);
	open_table(in);
	for (; more; more = cli_next_checkpoint(in)) {
		if (with)
			seek_with(ckpt_step(in));
		while (cli_next_tensor(in, &t))
			if (spec_count(&t, SPEC_FLAT) > 0)
				queue_compared(in, &t);
	}
	collect_factors(true);
	ckpt_name_map_clear(&reference, free_entry);
	cli_close(in);
	cli_close(with);
}

/* ------------------------------------------------------------------ pairs */

/* A file of some pair; it is decomposed once. */
struct known { struct ckpt_name_map names; struct entry **entry; size_t n; };

static void
add_entry(struct entry *e, void *arg)
{
	struct known *k = arg;

	k->entry = cli_realloc(k->entry, (k->n + 1) * sizeof *k->entry);
	k->entry[k->n++] = e;
}

static struct known *
find_file(struct ckpt_name_map *files, char *path)
{
	void **at = ckpt_name_map_find(files, path);
	struct known *k;

	if (at)
		return *at;
	k = cli_malloc(sizeof *k);
	*k = (struct known){ 0 };
	if (ckpt_name_map_add(files, path, k) < 0)
		cli_die("out of memory");
	decompose_last((char *[]){ path, NULL }, &k->names, add_entry, k);
	return k;
}

static void
free_file(void *arg)
{
	struct known *k = arg;

	ckpt_name_map_clear(&k->names, free_entry);
	free(k->entry);
	free(k);
}

/* Compare the last checkpoints of the files of each pair. */
static void
compare_pairs(char *operands[])
{
	struct cli_pairs l = cli_pair_list(operands, pairs);
	struct ckpt_name_map files = { 0 };

	open_table(NULL);
	for (pair = 1; pair <= l.n; pair++) {
		struct known *a = find_file(&files, l.path[2 * pair - 2]);
		struct known *b = find_file(&files, l.path[2 * pair - 1]);

		for (size_t i = 0; i < a->n; i++) {
			struct entry e = *a->entry[i];
			void **at = ckpt_name_map_find(&b->names, e.name);

			if (*e.error == 0)
				pair_entries(&e, at ? *at : NULL);
			print_agreement(&e);
		}
		cli_table_flush(table);
	}
	ckpt_name_map_clear(&files, free_file);
	cli_pair_list_free(&l);
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);

	if (matrix && scalar)
		cli_usage("--matrix and --scalar do not go together");
	if ((ref_path != NULL) + (with_path != NULL) + (pairs != NULL) > 1)
		cli_usage("--ref, --with and --pairs do not go together");
	queue = spec_queue_open(cli_threads());
	if (queue == NULL)
		cli_die("cannot start %d threads", cli_threads());
	cli_on_drain(drain_factors);
	if (pairs)
		compare_pairs(paths);
	else
		compare_stream(paths);
	if (!found)
		cli_die_empty("no matrix in the input; ckpt-ls lists its "
		    "tensors");
	cli_table_close(table);
	spec_queue_close(queue);
	return good ? 0 : 1;
}
