/* alignment_plan.c - which parts of which tensors are compared, by the links */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "alignment_plan.h"
#include "base/name_map.h"
#include "base/shape.h"
#include "cli/cli.h"

enum { MOST_HEADS = 4096 };

/* The tensors that a plan is made for. */
struct net {
	struct cli_plan	*plan;
	struct ckpt_name_map	 tensors;
	struct cli_head_count heads;
	int64_t		 width;
	size_t		 k;
};

/* The index of this part, added if it is new; SIZE_MAX if the tensor cannot be
 * divided so. */
static size_t
find_part(struct net *net, const struct ckpt_tensor *t,
    const struct spec_submatrix *c, int want)
{
	struct cli_plan *p = net->plan;
	struct spec_matrix shape;
	uint64_t taps;
	size_t i;

	if (!spec_submatrix_shape(t, c, &shape, &taps))
		return SIZE_MAX;
	/* the parts of a tensor are mostly close to each other */
	for (i = p->parts; i-- > 0;)
		if (p->part[i].t.name == t->name &&
		    spec_submatrix_equal(&p->part[i].cut, c))
			break;
	if (i == SIZE_MAX) {
		p->part = cli_realloc(p->part,
		    (p->parts + 1) * sizeof *p->part);
		i = p->parts++;
		p->part[i] = (struct part){ .t = *t, .cut = *c,
		    .shape = shape, .k = net->k };
	}
	p->part[i].want |= want;
	return i;
}

static struct end
make_whole_end(const struct net *net, size_t i, int side)
{
	struct end e = { .part = i, .side = side, .step = 1 };

	if (i != SIZE_MAX) {
		const struct spec_matrix *m = &net->plan->part[i].shape;

		e.n = m->rows < m->cols ? m->rows : m->cols;
		e.n = e.n < net->k ? e.n : net->k;
	}
	return e;
}

static size_t
vector_length(const struct net *net, const struct end *e)
{
	const struct spec_matrix *m = &net->plan->part[e->part].shape;

	return e->side == SPEC_U ? m->rows : m->cols;
}

static void
add_pair(struct cli_edge *e, struct end prev, struct end next)
{
	e->pair = cli_realloc(e->pair, (e->n + 1) * sizeof *e->pair);
	e->pair[e->n++] = (struct pair){ prev, next };
}

static bool
fail_edge(struct cli_edge *e, const char *why)
{
	snprintf(e->error, sizeof e->error, "%s", why);
	return false;
}

static bool
fail_shapes(struct cli_edge *e, const char *why, const struct ckpt_tensor *from,
    const struct ckpt_tensor *to)
{
	char one[SHAPE_TEXT], other[SHAPE_TEXT];

	snprintf(e->error, sizeof e->error, "%s: %.80s, %.80s", why,
	    ckpt_shape_text(one, from), ckpt_shape_text(other, to));
	return false;
}

/* ------------------------------------------------------------ attention */

/* How many heads are in these rows? 0: not known. */
static int64_t
infer_heads(const struct net *net, uint64_t rows)
{
	int64_t heads = net->heads.queries ? net->heads.queries :
	    net->width ? (int64_t)rows / net->width : 0;

	return heads > 0 && heads <= (int64_t)rows && rows % heads == 0 &&
	    heads <= MOST_HEADS ? heads : 0;
}

/* Pair each query head with the key head that it uses, by their outputs. */
static bool
pair_queries_keys(struct net *net, struct cli_edge *e, const struct cli_link *l,
    const struct ckpt_tensor *q, const struct ckpt_tensor *k)
{
	struct spec_submatrix a = SPEC_WHOLE, b = SPEC_WHOLE;
	uint64_t rows, keys;
	int64_t heads, share;

	a.swap = l->words & LINK_SWAP_FROM;
	b.swap = l->words & LINK_SWAP_TO;
	if (l->words & LINK_FUSED) {
		a.rows = b.rows = 3;
		b.row = 1;
		a.by_head = b.by_head = l->words & LINK_BY_HEAD;
	}
	rows = q->dim[a.swap] / a.rows;
	keys = k->dim[b.swap] / b.rows;
	heads = infer_heads(net, rows);
	if (heads == 0)
		return fail_edge(e,
		    "the number of heads is not known: --heads");
	if (keys == 0 || keys % (rows / heads) || rows % keys)
		return fail_shapes(e, "the keys do not fit the queries",
		    q, k);
	if (net->heads.keys && !(l->words & LINK_FUSED) &&
	    (int64_t)(keys / (rows / heads)) != net->heads.keys) {
		snprintf(e->error, sizeof e->error,
		    "wanted %" PRId64 " heads of keys, by the configuration, "
		    "got %" PRIu64, net->heads.keys, keys / (rows / heads));
		return false;
	}
	share = rows / keys;
	a.heads = heads;
	b.heads = heads / share;
	for (int64_t h = 0; h < heads; h++) {
		size_t i, j;

		a.head = h;
		b.head = h / share;
		i = find_part(net, q, &a, SPEC_U);
		j = find_part(net, k, &b, SPEC_U);
		if (i == SIZE_MAX || j == SIZE_MAX)
			return fail_shapes(e, "they cannot be cut into "
			    "heads", q, k);
		add_pair(e, make_whole_end(net, i, SPEC_U),
		    make_whole_end(net, j, SPEC_U));
	}
	e->d = rows / heads;
	e->random = sqrt(2 / (M_PI * e->d));
	return true;
}

/* The part of a matrix that computes values, each head repeated for the query
 * heads that share it. */
static bool
pair_values(struct net *net, struct cli_edge *e, const struct cli_link *l,
    const struct ckpt_tensor *v, const struct ckpt_tensor *to,
    struct spec_submatrix *c)
{
	uint64_t rows, want = to->dim[!(l->words & LINK_SWAP_TO)];
	int64_t heads;

	if (l->words & LINK_FUSED) {
		c->rows = 3;
		c->row = 2;
		c->by_head = l->words & LINK_BY_HEAD;
	}
	rows = v->dim[c->swap] / c->rows;
	if (rows == want && !c->by_head)
		return true;
	heads = infer_heads(net, want);
	if (heads == 0)
		return fail_edge(e,
		    "the number of heads is not known: --heads");
	if (rows == 0 || want % rows || rows % (want / heads))
		return fail_shapes(e, "the values do not fit the output "
		    "projection", v, to);
	c->repeat = want / rows;
	c->heads = heads / c->repeat;
	return true;
}

/* ---------------------------------------------------------- other links */

/* Which tap is in the middle: of a kernel, or of a picture that was flattened
 * into columns. */
static size_t
pair_center(const struct ckpt_tensor *t, size_t taps)
{
	size_t at = 0, side = lround(sqrt((double)taps));

	if (t->rank > 2)
		for (int i = 2; i < t->rank; i++)
			at = at * t->dim[i] + t->dim[i] / 2;
	else
		at = side * side == taps ? side / 2 * side + side / 2 :
		    taps / 2;
	return at;
}

/* Pair the slices that are compared: the rows of the gate of prev, the center
 * tap of next. */
static bool
pair_ends(struct net *net, struct cli_edge *e, const struct cli_link *l,
    const struct ckpt_tensor *from, const struct ckpt_tensor *to,
    struct end *prev, struct end *next)
{
	char why[80];
	size_t out = vector_length(net, prev), in = vector_length(net, next),
	    taps;
	double norm = 1;

	if (l->words & LINK_GATE) {
		if (out % 4)
			return fail_edge(e, "the rows are not four gates");
		out /= 4;
		prev->skip = 2 * out;
		norm /= 2;
	}
	taps = out ? in / out : 0;
	if (taps == 0 || in % out || (to->rank > 2 &&
	    to->dim[!(l->words & LINK_SWAP_TO)] != out)) {
		snprintf(why, sizeof why, "%zu outputs do not fit %zu inputs",
		    out, in);
		return fail_shapes(e, why, from, to);
	}
	next->skip = pair_center(to, taps);
	next->step = taps;
	e->d = out;
	e->random = norm / sqrt((double)taps) * sqrt(2 / (M_PI * out));
	return true;
}

static bool
pair_layers(struct net *net, struct cli_edge *e, const struct cli_link *l,
    const struct ckpt_tensor *from, const struct ckpt_tensor *to)
{
	int side = l->words & LINK_EMBEDDING ? SPEC_V : SPEC_U;
	struct spec_submatrix a = SPEC_WHOLE, b = SPEC_WHOLE;
	struct end prev, next;

	a.swap = l->words & LINK_SWAP_FROM;
	b.swap = l->words & LINK_SWAP_TO;
	if ((l->words & LINK_V) && !pair_values(net, e, l, from, to, &a))
		return false;
	if (l->words & (LINK_FIRST | LINK_SECOND)) {
		b.cols = 2;
		b.col = !(l->words & LINK_FIRST);
	}
	prev = make_whole_end(net, find_part(net, from, &a, side), side);
	next = make_whole_end(net, find_part(net, to, &b, SPEC_V), SPEC_V);
	if (prev.part == SIZE_MAX || next.part == SIZE_MAX)
		return fail_shapes(e, "not matrices of that kind", from, to);
	if (!pair_ends(net, e, l, from, to, &prev, &next))
		return false;
	add_pair(e, prev, next);
	return true;
}

void
cli_plan_make(struct cli_plan *p, const struct cli_links *l,
    const struct ckpt_tensor *t,
    size_t n, size_t k, struct cli_head_count heads)
{
	struct net net = { .plan = p, .heads = heads, .width = l->width,
	    .k = k };

	*p = (struct cli_plan){ 0 };
	for (size_t i = 0; i < n; i++)
		if (ckpt_name_map_add(&net.tensors, t[i].name,
		    (void *)&t[i]) < 0)
			cli_die("out of memory");
	p->edge = cli_malloc(l->n * sizeof *p->edge);
	for (size_t i = 0; i < l->n; i++) {
		struct cli_link x = l->item[i];
		void **at = ckpt_name_map_find(&net.tensors, x.from);
		const struct ckpt_tensor *from = at ? *at : NULL, *to;
		struct cli_edge e = { .from = x.from, .to = x.to };

		at = ckpt_name_map_find(&net.tensors, x.to);
		to = at ? *at : NULL;
		if (from == NULL || to == NULL)
			continue;
		x.words |= from->swapped ? LINK_SWAP_FROM : 0;
		x.words |= to->swapped ? LINK_SWAP_TO : 0;
		if (spec_count(from, SPEC_FLAT) == 0 ||
		    spec_count(to, SPEC_FLAT) == 0)
			fail_edge(&e, "not both are matrices");
		else if (x.words & LINK_QK)
			pair_queries_keys(&net, &e, &x, from, to);
		else
			pair_layers(&net, &e, &x, from, to);
		if (*e.error)
			e.n = 0;
		p->edge[p->edges++] = e;
	}
	ckpt_name_map_clear(&net.tensors, NULL);
}

void
cli_plan_free(struct cli_plan *p)
{
	for (size_t i = 0; i < p->edges; i++)
		free(p->edge[i].pair);
	free(p->edge);
	free(p->part);
	*p = (struct cli_plan){ 0 };
}

static const double *
singular_vector(const struct end *e, const struct spec_factors *f, size_t i)
{
	f += e->part;
	return (e->side == SPEC_U ? f->u + i * f->rows : f->v + i * f->cols) +
	    e->skip;
}

double
cli_edge_alignment(const struct cli_edge *e, const struct spec_factors *f,
    size_t i, size_t j)
{
	double sum = 0;

	for (size_t h = 0; h < e->n; h++) {
		const struct pair *p = &e->pair[h];

		sum += fabs(cblas_ddot(e->d, singular_vector(&p->prev, f, j),
		    p->prev.step, singular_vector(&p->next, f, i),
		    p->next.step));
	}
	return sum / e->n;
}
