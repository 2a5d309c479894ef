/* tie.c - the key "tie": a further name of a tensor that is stored once */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "reader.h"

int
ckpt_tie_check(struct ckpt_name_map *tensors, const char *value, char *text,
    size_t n)
{
	struct ckpt_buffer b = { 0 };
	const char *target = ckpt_tie_names(&b, value), *name = (char *)b.p;
	int bad = -1;

	if (target == NULL)
		snprintf(text, n, "bad tie");
	else if (ckpt_name_map_find(tensors, name))
		snprintf(text, n, "tie %s is a tensor", name);
	else if (ckpt_name_map_find(tensors, target) == NULL)
		snprintf(text, n, "tie %s: no tensor %s", name, target);
	else
		bad = 0;
	free(b.p);
	return bad;
}

/* The ties of one target. */
struct tie_group {
	struct ckpt_tie	*first, **end;
	bool		 chosen;	/* given is known: */
	const char	*given;		/* the first that is selected, or NULL */
};

static struct tie_group *
find_group(const struct ckpt_tie_list *l, const char *target)
{
	void **group = ckpt_name_map_find(&l->targets, target);

	return group ? *group : NULL;
}

static struct tie_group *
add_group(struct ckpt_tie_list *l, const char *target)
{
	struct tie_group *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->end = &g->first;
	if (ckpt_name_map_add(&l->targets, target, g) == 1)
		return g;
	free(g);
	return NULL;
}

int
ckpt_tie_list_add(struct ckpt_tie_list *l, const char *name,
    const char *target)
{
	struct tie_group *g = find_group(l, target);
	struct ckpt_tie *tie;

	if ((g == NULL && (g = add_group(l, target)) == NULL) ||
	    ckpt_name_map_add(&l->names, name, NULL) < 0)
		return -1;
	tie = malloc(sizeof *tie + strlen(name) + 1);
	if (tie == NULL)
		return -1;
	tie->next = NULL;
	tie->late = l->late;
	strcpy(tie->name, name);
	*g->end = tie;
	g->end = &tie->next;
	g->chosen = false;
	return 0;
}

int
ckpt_tie_list_add_value(struct ckpt_tie_list *l, const char *value)
{
	struct ckpt_buffer b = { 0 };
	const char *target = ckpt_tie_names(&b, value);
	int r = target ? ckpt_tie_list_add(l, (char *)b.p, target) : 0;

	free(b.p);
	return r;
}

struct ckpt_tie *
ckpt_tie_list_find(const struct ckpt_tie_list *l, const char *target)
{
	const struct tie_group *g = find_group(l, target);

	return g ? g->first : NULL;
}

static void
free_group(void *arg)
{
	struct tie_group *g = arg;

	while (g->first) {
		struct ckpt_tie *next = g->first->next;

		free(g->first);
		g->first = next;
	}
	free(g);
}

void
ckpt_tie_list_clear(struct ckpt_tie_list *l)
{
	ckpt_name_map_clear(&l->targets, free_group);
	ckpt_name_map_clear(&l->names, NULL);
	l->late = false;
}

/* ---------------------------------------------------- names of a reader */

void
ckpt_expand_ties(struct ckpt_rd *r, bool on)
{
	r->expands = on;
}

bool
ckpt_reader_wants(const struct ckpt_rd *r, const char *name)
{
	return r->want == NULL || r->want(name, r->want_arg);
}

bool
ckpt_reader_first_name(struct ckpt_rd *r, struct ckpt_tensor *t)
{
	struct ckpt_tie *tie = ckpt_tie_list_find(&r->meta.ties, t->name);
	bool wanted = ckpt_reader_wants(r, t->name);

	r->stored = *t;
	for (struct ckpt_tie *p = tie; p; p = p->next)
		p->wanted = ckpt_reader_wants(r, p->name);
	for (; tie && !wanted; tie = tie->next) {
		wanted = tie->wanted;
		t->name = tie->name;
	}
	r->given = t->name;
	r->tie = tie;
	return wanted;
}

bool
ckpt_reader_next_name(struct ckpt_rd *r, struct ckpt_tensor *t)
{
	struct ckpt_tie *tie = r->tie;

	while (tie && !(tie->wanted && (r->expands || tie->late)))
		tie = tie->next;
	r->tie = tie ? tie->next : NULL;
	if (tie == NULL)
		return false;
	*t = r->stored;
	t->name = tie->name;
	t->tie = r->given;
	t->data = NULL;
	return true;
}

bool
ckpt_reader_has_tie(const struct ckpt_rd *r, const char *name)
{
	return ckpt_name_map_find(&r->meta.ties.names, name) != NULL;
}

const char *
ckpt_reader_given_name(const struct ckpt_rd *r, const char *target)
{
	struct tie_group *g = find_group(&r->meta.ties, target);

	if (ckpt_reader_wants(r, target))
		return target;
	if (g == NULL)
		return NULL;
	for (struct ckpt_tie *p = g->chosen ? NULL : g->first; p; p = p->next)
		if (ckpt_reader_wants(r, p->name)) {
			g->given = p->name;
			break;
		}
	g->chosen = true;
	return g->given;
}
