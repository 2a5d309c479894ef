/* ckpt-align - the alignment of singular vectors of consecutive layers */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/shape.h"
#include "cli/cli.h"
#include "filter/alignment_plan.h"
#include "filter/tensor_index.h"

enum { SCORE = 10 };		/* vectors in eq. 4 */

static bool scalar, matrix, baseline;
static const char *links_file;
static int64_t top = 100, heads;

static const struct cli_opt opts[] = {
	{ 'S', "scalar", OPT_FLAG, NULL, &scalar,
	    "one number per link: the mean of the top 10", false },
	{ 'm', "matrix", OPT_FLAG, NULL, &matrix,
	    "all pairs of vectors i, j, not only i = j", false },
	{ 'k', "top", OPT_COUNT, "n", &top,
	    "use the top n singular vectors (100; 0: all)", false },
	{ 'b', "baseline", OPT_FLAG, NULL, &baseline,
	    "add the expected value for random vectors", false },
	{ 'l', "links", OPT_STR, "file", &links_file,
	    "read links: lines of FROM TAB TO TAB KIND", true },
	{ 0, "heads", OPT_COUNT, "n", &heads, "number of attention heads", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "measure alignment of singular vectors between layers",
	.opts = opts,
	.common = CLI_IN | CLI_TABLE,
};

static struct cli_table *table;

static struct cli_plan plan;
static struct spec_queue *queue;
static bool good = true;

/* A checkpoint on its way through the queue. */
struct frame {
	uint64_t	 step;
	struct spec_factors *f;		/* for each part of the plan */
	struct tag { struct frame *frame; bool known; } *tag;
	const char	*reported;	/* the last tensor reported */
	bool		 any;		/* tensor of the plan was found */
};

static char *first_path;		/* the file of the first checkpoint */
static struct frame *arriving;		/* whose factors arrive */
static struct frame *filling;		/* whose tensors are read */

/* ---------------------------------------------------------------- links */

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t n = 0;

	if (f == NULL || (getdelim(&text, &n, 0, f) < 0 && ferror(f)))
		cli_die("%s:", path);
	fclose(f);
	return text ? text : cli_strdup("");
}

static void
find_links(struct cli_links *l, const char *own,
    const struct cli_tensors *first)
{
	if (links_file) {
		char *text = read_file(links_file);

		if (!cli_links_parse(l, text))
			cli_die("%s: %s", links_file, l->error);
		free(text);
	} else if (own) {
		if (!cli_links_parse(l, own))
			cli_die("net.links: %s", l->error);
	} else if (!cli_links_find(l, first->t, first->n)) {
		cli_die("%s", l->error);
	}
}

static void
make_plan(struct cli_links *l, const char *own, struct cli_head_count count,
    const struct cli_tensors *first)
{
	size_t k = scalar ? SCORE : top > 0 ? (size_t)top : SIZE_MAX;

	find_links(l, own, first);
	if (heads)
		count = (struct cli_head_count){ .queries = heads };
	cli_plan_make(&plan, l, first->t, first->n, k, count);
	if (links_file && plan.edges < l->n)
		cli_warn("%s: %zu of %zu links name tensors that are not here",
		    links_file, l->n - plan.edges, l->n);
	if (plan.edges == 0)
		cli_die("no two of %zu tensors are linked; see --links",
		    first->n);
	for (size_t i = 0; i < plan.edges; i++)
		if (*plan.edge[i].error) {
			cli_warn("%s -> %s: %s", plan.edge[i].from,
			    plan.edge[i].to, plan.edge[i].error);
			good = false;
		}
}

/* ---------------------------------------------------------------- output */

static void
print_row(const struct frame *fr, const struct cli_edge *e, size_t i, size_t j,
    double value)
{
	cli_table_int(table, fr->step);
	cli_table_str(table, e->from);
	cli_table_str(table, e->to);
	if (!scalar)
		cli_table_int(table, i + 1);
	if (matrix)
		cli_table_int(table, j + 1);
	cli_table_num(table, value);
	if (baseline)
		cli_table_num(table, e->n ? e->random : NAN);
}

/* How many vectors all pairs of e have; 0 if one has no factors. */
static size_t
common_rank(const struct frame *fr, const struct cli_edge *e, bool of_next)
{
	size_t n = SIZE_MAX;

	for (size_t h = 0; h < e->n; h++) {
		const struct end *end = of_next ? &e->pair[h].next :
		    &e->pair[h].prev;

		if (fr->f[e->pair[h].prev.part].n == 0 ||
		    fr->f[e->pair[h].next.part].n == 0)
			return 0;
		n = end->n < n ? end->n : n;
	}
	return e->n ? n : 0;
}

static void
print_edge(const struct frame *fr, const struct cli_edge *e)
{
	size_t next = common_rank(fr, e, true);
	size_t prev = common_rank(fr, e, false);
	size_t n = next < prev ? next : prev;
	double sum = 0;

	if (n == 0)
		print_row(fr, e, 0, 0, NAN);
	for (size_t i = 0; matrix && i < next; i++)
		for (size_t j = 0; j < prev; j++)
			print_row(fr, e, i, j, cli_edge_alignment(e, fr->f, i,
			    j));
	for (size_t i = 0; !matrix && i < n; i++) {
		double a = cli_edge_alignment(e, fr->f, i, i);

		if (!scalar)
			print_row(fr, e, i, i, a);
		sum += a;
	}
	if (scalar && n > 0)
		print_row(fr, e, 0, 0, sum / n);
}

static void
report_missing(struct frame *fr, const struct part *p, const char *why)
{
	good = false;
	if (fr->reported != p->t.name)
		cli_warn("step %llu: %s: %s", (unsigned long long)fr->step,
		    p->t.name, why);
	fr->reported = p->t.name;
}

/* Were all matrices of this link read? */
static bool
has_edge(const struct frame *fr, const struct cli_edge *e)
{
	bool has = e->n > 0;

	for (size_t h = 0; h < e->n; h++)
		has &= fr->tag[e->pair[h].prev.part].known &&
		    fr->tag[e->pair[h].next.part].known;
	return has;
}

/* Print the links of a checkpoint; if it was not read whole, those of which both
 * sides were. */
static void
print_frame(struct frame *fr, bool whole)
{
	if (fr == NULL)
		return;
	for (size_t i = 0; whole && fr->any && i < plan.parts; i++)
		if (!fr->tag[i].known)
			report_missing(fr, &plan.part[i],
			    "is not in this checkpoint");
	for (size_t i = 0; fr->any && i < plan.edges; i++)
		if (whole || has_edge(fr, &plan.edge[i]))
			print_edge(fr, &plan.edge[i]);
	for (size_t i = 0; i < plan.parts; i++)
		spec_factors_free(&fr->f[i]);
	free(fr->f);
	free(fr->tag);
	free(fr);
}

/* ----------------------------------------------------------------- work */

static void
collect_factors(bool all)
{
	struct spec_result *x;

	while ((x = spec_queue_get(queue, all)) != NULL) {
		struct tag *tag = x->tag;
		struct frame *fr = tag->frame;
		size_t i = tag - fr->tag;

		if (fr != arriving) {
			print_frame(arriving, true);
			arriving = fr;
		}
		if (x->error)
			report_missing(fr, &plan.part[i], x->error);
		fr->f[i] = x->f;
		x->f = (struct spec_factors){ 0 };
	}
}

static void
begin_frame(uint64_t step)
{
	struct frame *fr = cli_malloc(sizeof *fr);

	*fr = (struct frame){ .step = step };
	fr->f = cli_malloc(plan.parts * sizeof *fr->f);
	memset(fr->f, 0, plan.parts * sizeof *fr->f);
	fr->tag = cli_malloc(plan.parts * sizeof *fr->tag);
	for (size_t i = 0; i < plan.parts; i++)
		fr->tag[i] = (struct tag){ .frame = fr };
	if (filling && !filling->any)
		print_frame(filling, true);
	filling = fr;
}

/* Print all checkpoints that were read, the last of them maybe in part. */
static void
drain_frames(bool whole)
{
	collect_factors(true);
	if (arriving != filling)
		print_frame(arriving, true);
	print_frame(filling, whole);
	arriving = filling = NULL;
}

/* Queue part i of the plan, of the checkpoint being read. */
static void
queue_part(const struct ckpt_tensor *t, size_t i)
{
	const struct part *p = &plan.part[i];
	struct spec_matrix m = p->shape;
	void *data = NULL;

	m.type = t->type;
	if (t->data)
		data = spec_submatrix_copy(t, &p->cut, &m);
	filling->any = filling->tag[i].known = true;
	if ((t->data && data == NULL) || spec_queue_put(queue,
	    &filling->tag[i], &m, data, p->k, p->want) < 0)
		cli_die("out of memory");
	collect_factors(false);
}

static void
queue_tensor(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	char now[SHAPE_TEXT], then[SHAPE_TEXT], why[1500];

	for (size_t i = 0; i < plan.parts; i++) {
		const struct part *p = &plan.part[i];

		if (strcmp(p->t.name, t->name) != 0)
			continue;
		if (!ckpt_equal_shapes(t, &p->t)) {
			snprintf(why, sizeof why, "shape %s in %.500s, but %s "
			    "in %.500s, the first", ckpt_shape_text(now, t),
			    ckpt_path(in), ckpt_shape_text(then, &p->t),
			    first_path);
			report_missing(filling, p, why);
			filling->tag[i].known = true;
			continue;
		}
		if (t->data == NULL && ckpt_type_is_float(t->type))
			cli_load(in, t);
		queue_part(t, i);
	}
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	struct cli_links links = { 0 };
	struct cli_tensors first = { 0 };
	struct ckpt_tensor t;
	struct ckpt_rd *in;
	const char *own;
	bool more;

	if (matrix && scalar)
		cli_usage("--matrix and --scalar do not go together");
	queue = spec_queue_open(cli_threads());
	if (queue == NULL)
		cli_die("cannot start %d threads", cli_threads());
	in = cli_tensor_index(&first, paths, &more);
	first_path = cli_strdup(ckpt_path(in));
	own = ckpt_key(in, "net.links");
	make_plan(&links, own, cli_head_count(in), &first);
	table = cli_table_open(scalar ? baseline ? "step from to align random" :
	    "step from to align" : matrix ?
	    baseline ? "step from to i j align random" :
	    "step from to i j align" :
	    baseline ? "step from to i align random" :
	    "step from to i align", in);
	cli_on_drain(drain_frames);
	for (; more; more = cli_next_checkpoint(in)) {
		begin_frame(ckpt_step(in));
		for (size_t i = 0; i < first.held; i++)
			queue_tensor(in, &first.t[i]);
		first.held = 0;		/* of the first checkpoint only */
		while (cli_next_tensor(in, &t))
			queue_tensor(in, &t);
	}
	drain_frames(true);
	cli_table_close(table);
	spec_queue_close(queue);
	cli_close(in);
	cli_plan_free(&plan);
	cli_links_free(&links);
	cli_tensor_index_free(&first);
	free(first_path);
	return good ? 0 : 1;
}
