/* stream_zip.c - read several streams in parallel, checkpoint by checkpoint */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_map.h"
#include "base/shape.h"
#include "stream_zip.h"

/* A tensor that was read before it was needed. */
struct early {
	struct ckpt_tensor	 t;		/* owns name, dtype, data */
	struct early	*next;		/* in the order of the stream */
};

struct side {
	char		*path[2];	/* as operands: one and NULL */
	struct ckpt_rd	*in;
	struct ckpt_tensor	 t;		/* the last one read */
	bool		 fresh;		/* t was not returned yet */
	struct ckpt_name_map	 names;		/* struct early */
	struct early	*first, **end;
};

struct cli_zip {
	size_t		 n;
	struct side	*side;
	bool		 loose, load;
	bool		 uneven;	/* the first steps differ */
	uint64_t	 count;		/* checkpoints begun */
};

static const char *
side_name(const struct side *s)
{
	return strcmp(s->path[0], "-") == 0 ? "standard input" : s->path[0];
}

/* ---------------------------------------------------------- one stream */

/* The first pass, which only checks, shows no progress and no warnings. */
static bool
next_quietly(struct side *s, int found)
{
	if (found < 0)
		cli_die("%s", ckpt_error(s->in));
	return found == 1;
}

static bool
next_checkpoint(const struct cli_zip *g, struct side *s)
{
	return g->load ? cli_next_checkpoint(s->in) :
	    next_quietly(s, ckpt_next_checkpoint(s->in));
}

/* Read the next tensor of this checkpoint into s->t, if there is one. */
static bool
peek_tensor(const struct cli_zip *g, struct side *s)
{
	if (!s->fresh)
		s->fresh = g->load ? cli_next_tensor(s->in, &s->t) :
		    next_quietly(s, ckpt_next_tensor(s->in, &s->t));
	return s->fresh;
}

static void
take_tensor(struct cli_zip *g, struct side *s, struct ckpt_tensor *t)
{
	if (g->load)
		cli_load(s->in, &s->t);
	*t = s->t;
	s->fresh = false;
}

static void
keep_early(struct cli_zip *g, struct side *s)
{
	struct early *e = cli_malloc(sizeof *e);
	struct ckpt_tensor t;

	take_tensor(g, s, &t);
	e->t = t;
	e->t.name = cli_strdup(t.name);
	e->t.dtype = cli_strdup(t.dtype);
	if (t.data)
		e->t.data = memcpy(cli_malloc(t.size), t.data, t.size);
	e->next = NULL;
	*s->end = e;
	s->end = &e->next;
	if (ckpt_name_map_add(&s->names, e->t.name, e) < 0)
		cli_die("out of memory");
}

static void
free_early(struct early *e)
{
	free((char *)e->t.name);
	free((char *)e->t.dtype);
	free(e->t.data);
	free(e);
}

/* The tensor of this name; reads ahead as far as needed. */
static bool
find_tensor(struct cli_zip *g, struct side *s, const char *name,
    struct ckpt_tensor *t)
{
	void **at = ckpt_name_map_find(&s->names, name);

	if (at && *at) {
		struct early *e = *at;

		*t = e->t;
		*at = NULL;	/* returned; freed at the end */
		return true;
	}
	for (; peek_tensor(g, s); keep_early(g, s))
		if (strcmp(s->t.name, name) == 0) {
			take_tensor(g, s, t);
			return true;
		}
	return false;
}

/* A tensor that the first stream does not have. */
static bool
find_unmatched(struct cli_zip *g, struct side *s, struct ckpt_tensor *t)
{
	for (struct early *e = s->first; e; e = e->next) {
		void **at = ckpt_name_map_find(&s->names, e->t.name);

		if (*at)
			return find_tensor(g, s, e->t.name, t);
	}
	if (!peek_tensor(g, s))
		return false;
	take_tensor(g, s, t);
	return true;
}

static void
free_early_tensors(struct side *s)
{
	ckpt_name_map_clear(&s->names, NULL);
	while (s->first) {
		struct early *e = s->first;

		s->first = e->next;
		free_early(e);
	}
	s->end = &s->first;
}

/* ------------------------------------------------------------- all of them */

static void
fail_steps(const struct cli_zip *g, const struct side *s)
{
	const struct side *a = &g->side[0];

	cli_die("%s has step %" PRIu64 " where %s has step %" PRIu64,
	    side_name(a),
	    ckpt_step(a->in), side_name(s), ckpt_step(s->in));
}

/* Count the ties of a checkpoint that were not in the map, and add them. */
static size_t
count_new_ties(const struct ckpt_rd *in, struct ckpt_name_map *ties)
{
	const char *key, *value;
	size_t n = 0;
	int new;

	for (size_t i = 0; ckpt_keys(in, i, &key, &value); i++) {
		if (strcmp(key, "tie") != 0)
			continue;
		new = ckpt_name_map_add(ties, value, NULL);
		if (new < 0)
			cli_die("out of memory");
		n += new;
	}
	return n;
}

static bool
have_equal_ties(const struct ckpt_rd *a, const struct ckpt_rd *b)
{
	struct ckpt_name_map of_a = { 0 }, of_b = { 0 };
	size_t n = count_new_ties(a, &of_a), k = count_new_ties(b, &of_b);
	bool equal = n == k && count_new_ties(b, &of_a) == 0;

	ckpt_name_map_clear(&of_a, NULL);
	ckpt_name_map_clear(&of_b, NULL);
	return equal;
}

/* A tie of one stream may be a tensor in another: match all names, unless all
 * have the same ties, which then remain. */
static void
match_ties(struct cli_zip *g)
{
	struct ckpt_rd *a = g->side[0].in;
	bool same = !g->loose;

	for (size_t i = 1; same && i < g->n; i++)
		same = have_equal_ties(a, g->side[i].in);
	for (size_t i = 0; i < g->n; i++)
		ckpt_expand_ties(g->side[i].in, !same);
}

bool
cli_zip_next_checkpoint(struct cli_zip *g)
{
	struct side *a = &g->side[0];
	bool more = next_checkpoint(g, a);

	for (size_t i = 1; i < g->n; i++) {
		struct side *s = &g->side[i];

		if (next_checkpoint(g, s) == more)
			continue;
		if (more)
			cli_die("%s ends where %s has step %" PRIu64,
			    side_name(s),
			    side_name(a), ckpt_step(a->in));
		cli_die("%s ends where %s has step %" PRIu64, side_name(a),
		    side_name(s), ckpt_step(s->in));
	}
	for (size_t i = 0; more && i < g->n; i++) {
		struct side *s = &g->side[i];

		/* single checkpoints may have any steps */
		if (g->uneven)
			cli_die("%s and %s begin with different steps, and have "
			    "more than one checkpoint", side_name(a),
			    side_name(&g->side[g->n - 1]));
		if (ckpt_step(s->in) != ckpt_step(a->in) && g->count > 0)
			fail_steps(g, s);
	}
	if (more)
		match_ties(g);
	for (size_t i = 1; more && i < g->n; i++)
		g->uneven |= ckpt_step(g->side[i].in) != ckpt_step(a->in);
	g->count += more;
	return more;
}

static void
check_match(const struct cli_zip *g, const struct ckpt_tensor *x,
    const struct ckpt_tensor *y,
    const struct side *s)
{
	const struct side *a = &g->side[0];
	char one[SHAPE_TEXT], other[SHAPE_TEXT];

	if (!ckpt_equal_shapes(x, y))
		cli_die("%s: shape %s in %s, %s in %s", x->name,
		    ckpt_shape_text(one, x), side_name(a),
		    ckpt_shape_text(other, y), side_name(s));
	if (strcmp(x->dtype, y->dtype) != 0 &&
	    !(ckpt_type_is_float(x->type) && ckpt_type_is_float(y->type)))
		cli_die("%s: %s in %s, %s in %s", x->name, x->dtype,
		    side_name(a),
		    y->dtype, side_name(s));
}

/* At the end of the first stream's checkpoint: find tensors that only others
 * have. */
static bool
end_checkpoint(struct cli_zip *g, struct ckpt_tensor t[])
{
	for (size_t i = 1; i < g->n; i++) {
		if (!find_unmatched(g, &g->side[i], &t[i]))
			continue;
		if (!g->loose)
			cli_die("%s: in %s and not in %s", t[i].name,
			    side_name(&g->side[i]), side_name(&g->side[0]));
		for (size_t k = 0; k < g->n; k++)
			if (k != i)
				t[k] = (struct ckpt_tensor){ 0 };
		return true;
	}
	for (size_t i = 0; i < g->n; i++)
		free_early_tensors(&g->side[i]);
	return false;
}

bool
cli_zip_next_tensor(struct cli_zip *g, struct ckpt_tensor t[])
{
	struct side *a = &g->side[0];

	if (!peek_tensor(g, a))
		return end_checkpoint(g, t);
	take_tensor(g, a, &t[0]);
	for (size_t i = 1; i < g->n; i++) {
		struct side *s = &g->side[i];

		t[i] = (struct ckpt_tensor){ 0 };
		if (find_tensor(g, s, t[0].name, &t[i])) {
			if (!g->loose)
				check_match(g, &t[0], &t[i], s);
		} else if (!g->loose) {
			cli_die("%s: in %s and not in %s", t[0].name,
			    side_name(a),
			    side_name(s));
		}
	}
	return true;
}

static struct cli_zip *
open_sides(char *const paths[], size_t n, bool loose, bool load)
{
	struct cli_zip *g = cli_malloc(sizeof *g);

	*g = (struct cli_zip){ .n = n, .loose = loose, .load = load };
	g->side = cli_malloc(n * sizeof *g->side);
	for (size_t i = 0; i < n; i++) {
		struct side *s = &g->side[i];

		*s = (struct side){ .path = { paths[i], NULL } };
		s->end = &s->first;
		if (!cli_is_pipe(s->path))
			cli_rewind(s->path);
		s->in = cli_open(s->path);
	}
	return g;
}

struct cli_zip *
cli_zip_open(char *const paths[], size_t n, bool loose)
{
	struct ckpt_tensor *t = cli_malloc(n * sizeof *t);
	int inputs = 0;
	bool again = true;

	for (size_t i = 0; i < n; i++) {
		inputs += strcmp(paths[i], "-") == 0;
		again &= !cli_is_pipe((char *[]){ paths[i], NULL });
	}
	if (inputs > 1)
		cli_usage("standard input can be read once only");
	if (again && !loose) {
		struct cli_zip *g = open_sides(paths, n, false, false);

		while (cli_zip_next_checkpoint(g))
			while (cli_zip_next_tensor(g, t))
				;
		cli_zip_close(g);
	}
	free(t);
	return open_sides(paths, n, loose, true);
}

struct ckpt_rd *
cli_zip_reader(const struct cli_zip *g, size_t i)
{
	return g->side[i].in;
}

void
cli_zip_begin(const struct cli_zip *g, struct ckpt_wr *out)
{
	cli_check(out, ckpt_begin_from(out, g->side[0].in));
	for (size_t i = 1; i < g->n; i++)
		cli_check(out, ckpt_add_parent(out, g->side[i].in));
}

void
cli_zip_close(struct cli_zip *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free_early_tensors(&g->side[i]);
		cli_close(g->side[i].in);
	}
	free(g->side);
	free(g);
}
