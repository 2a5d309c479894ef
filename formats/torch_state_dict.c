/* torch_state_dict.c - the tensors of a PyTorch checkpoint, and their names */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torch.h"

enum { WRAPS = 4, TIES = 1000, VIEW_TEXT = TORCH_KEY + 40 * (CKPT_RANK + 2) };

struct tensor_list {
	struct ckpt_file *f;
	struct torch_reader *torch;
	struct ckpt_name_map names;
	struct ckpt_name_map views;	/* a view as text: its first name */
	size_t		 ties;
};

/* -------------------------------------------------------------- tensors */

/* A text that two views have in common only if they are the same view of the
 * same storage. Empty if there is no such text. */
static void
format_view(const struct torch_tensor *v, char s[VIEW_TEXT])
{
	size_t n;

	s[0] = 0;
	if (v->storage == NULL)
		return;
	n = snprintf(s, VIEW_TEXT, "%s %s %" PRIu64, v->storage->key,
	    ckpt_type_name(v->type), v->offset);
	for (size_t i = 0; i < v->dim->n; i++) {
		if (v->dim->item[i]->i == 0) {
			s[0] = 0;
			return;
		}
		n += snprintf(s + n, VIEW_TEXT - n, " %" PRId64 ":%" PRId64,
		    v->dim->item[i]->i, v->stride->item[i]->i);
	}
}

/* Add a tie and return 1 if the view already has the name first; else record
 * its name. */
static int
add_tie(struct tensor_list *k, const char *view, char *name, const char *first)
{
	if (*view == 0)
		return 0;
	if (first == NULL)
		return ckpt_name_map_add(&k->views, view, name) < 0 ?
		    ckpt_fail_memory(k->f->rd) : 0;
	/* a header has room for TIES; further ones are stored again */
	if (++k->ties > TIES)
		return 0;
	return ckpt_tie(k->f, name, first) < 0 ? -1 : 1;
}

static int
add_tensor(struct torch_walk *w, const char *name, struct ckpt_pickle_node *x)
{
	struct tensor_list *k = w->arg;
	struct torch_tensor v;
	char view[VIEW_TEXT];
	const char *known;
	void **first;
	int r;

	if (!ckpt_torch_is_tensor(x))
		return 0;
	if (*name == 0)
		name = "tensor";	/* the root itself */
	if (strlen(name) > CKPT_NAME)
		return ckpt_fail(k->f->rd, CKPT_LIMIT, "%.60s...: a name of "
		    "more than %d bytes", name, CKPT_NAME);
	if (ckpt_torch_rebuild_tensor(w->torch, x, name, &v) < 0)
		return -1;
	/* an attribute may be a parameter, or an item by another name */
	format_view(&v, view);
	first = *view ? ckpt_name_map_find(&k->views, view) : NULL;
	known = first ? *first : NULL;
	if (known && (w->attributes || strcmp(known, name) == 0))
		return 0;
	if (w->attributes && ckpt_name_map_find(&k->names, name))
		return 0;
	r = ckpt_name_map_add(&k->names, name, NULL);
	if (r < 0)
		return ckpt_fail_memory(k->f->rd);
	if (r == 0)
		return ckpt_fail(k->f->rd, CKPT_BAD, "%.200s twice", name);
	v.name = strdup(name);
	r = v.name ? add_tie(k, view, v.name, known) :
	    ckpt_fail_memory(k->f->rd);
	if (r == 0 && ckpt_buffer_add(&w->torch->tensors, &v, sizeof v) < 0)
		r = ckpt_fail_memory(k->f->rd);
	if (r != 0)
		free(v.name);
	return r < 0 ? -1 : 0;
}

/* Single tensors outside a wrapper keep their names. */
static int
add_bare_tensors(struct torch_walk *w, const struct ckpt_pickle_node *root,
    bool top)
{
	int r = 0;

	for (size_t i = 0; i < root->n && r == 0; i += 2) {
		const struct ckpt_pickle_node *key = root->item[i];
		struct ckpt_pickle_node *value = root->item[i + 1];

		if (!ckpt_torch_is_excluded(key, value, top) &&
		    ckpt_torch_is_bare_tensor(key, value))
			r = add_tensor(w, key->text, value);
	}
	return r;
}

/* ------------------------------------------------------------ storages */

/* Find the storages whose tensors cannot be read one after the other. */
static void
find_order(struct torch_reader *t)
{
	struct torch_tensor *v = (struct torch_tensor *)t->tensors.p;
	size_t n = t->tensors.n / sizeof *v;

	for (size_t i = 0; i < n; i++)
		if (v[i].storage)	/* may be called again */
			v[i].storage->end = 0;
	for (size_t i = 0; i < n; i++) {
		struct torch_storage *s = v[i].storage;
		struct ckpt_tensor shape;

		if (s == NULL)
			continue;
		ckpt_torch_set_shape(v[i].type, v[i].dim, &shape);
		ckpt_measure(&shape);
		if (!ckpt_torch_is_contiguous(&v[i]))
			s->strided = true;
		if (v[i].offset < s->end)
			s->backward = true;
		s->end = v[i].offset + shape.size;
	}
}

/* The dictionaries around the model, and how their entries are excluded. */
struct outside {
	struct ckpt_pickle_node *dict[WRAPS];
	bool		 top[WRAPS];
	int		 n, inner;	/* of which the model is not one */
	bool		 whole;		/* nothing is excluded */
};

static bool
is_hidden(const struct ckpt_pickle_node *dict,
    const struct ckpt_pickle_node *key, const struct ckpt_pickle_node *value,
    void *arg)
{
	const struct outside *o = arg;
	bool top = false;

	if (o->whole)
		return false;
	if (key == NULL)
		return ckpt_torch_is_optimizer(value);
	/* those that are not persistent are named by the metadata */
	if (ckpt_pickle_is_text(key, "_buffers") &&
	    ckpt_pickle_get(dict, "_parameters"))
		return true;
	for (int i = 0; i < o->n; i++)
		top = top || (o->dict[i] == dict && o->top[i]);
	return ckpt_torch_is_excluded(key, value, top);
}

static void
show_storage(struct torch_storage *s)
{
	s->visible = true;
}

/* Report the storages that no tensor uses, other than those of training. */
static int
report_storages(struct ckpt_file *f, struct torch_reader *t,
    struct ckpt_pickle_node *root, struct outside *o)
{
	const struct ckpt_buffer *ids = &t->pickle.persistent;
	struct ckpt_pickle_node **x = (struct ckpt_pickle_node **)ids->p;
	char name[64];
	int r = ckpt_torch_reach_storages(t, root, is_hidden, show_storage, o);

	for (size_t i = 0; i < ids->n / sizeof *x && r == 0; i++) {
		uint64_t offset, size;
		struct torch_storage *s =
		    ckpt_torch_find_storage(t, x[i], &offset, &size);

		if (s == NULL || s->used || !s->visible)
			continue;
		s->visible = false;		/* once */
		t->reported++;
		snprintf(name, sizeof name, "storage %s", s->key);
		r = ckpt_leave_out(f, name, "not part of a tensor here");
	}
	return r;
}

/* List the tensors of the model at root, and those around it. */
static int
list_tensors(struct ckpt_file *f, struct torch_reader *t,
    struct ckpt_pickle_node *root, const struct outside *o, const char *prefix)
{
	struct tensor_list k = { .f = f, .torch = t };
	struct torch_walk w = { .torch = t, .leaf = add_tensor, .arg = &k,
	    .buffers = o->whole, .prefix = prefix };
	int r = 0;

	w.is_excluded = o->whole ? NULL : o->inner > 0 ?
	    ckpt_torch_is_excluded_inside : ckpt_torch_is_excluded;
	for (int pass = 0; pass < 2 && r == 0; pass++) {
		w.attributes = pass == 1;
		r = ckpt_torch_walk_leaves(&w, root);
	}
	w.attributes = false;
	for (int i = 0; i < o->inner && r == 0; i++)
		r = add_bare_tensors(&w, o->dict[i], o->top[i]);
	ckpt_name_map_clear(&k.views, NULL);
	ckpt_name_map_clear(&k.names, NULL);
	return r;
}

int
ckpt_torch_read_state_dict(struct ckpt_file *f, struct torch_reader *t,
    struct ckpt_pickle_node *root)
{
	struct outside o = { .whole = ckpt_wants_all(f->rd) ||
	    ckpt_torch_is_optimizer(root) };
	struct ckpt_pickle_node *model = root;
	bool top = true;
	int r = 0;

	if (ckpt_torch_add_storages(t) < 0)
		return -1;
	if ((root->type == PK_DICT || (root->type == PK_OBJECT &&
	    ckpt_torch_module(root))) && ckpt_torch_read_metadata(f, t, root,
	    o.whole ? NULL : ckpt_torch_is_excluded) < 0)
		return -1;
	for (; !o.whole && model->type == PK_DICT && o.n < WRAPS;
	    o.inner++) {
		struct ckpt_pickle_node *content;

		o.dict[o.n] = model;
		o.top[o.n++] = top;
		content = ckpt_torch_unwrap(t, model, &top, &r);
		if (r < 0)
			return -1;
		if (content == NULL)
			break;
		model = content;
	}
	if (list_tensors(f, t, model, &o, NULL) < 0 ||
	    report_storages(f, t, root, &o) < 0)
		return -1;
	find_order(t);
	return 0;
}

int
ckpt_torch_read_constants(struct ckpt_file *f, struct torch_reader *t,
    struct ckpt_pickle_node *root)
{
	struct outside o = { .whole = true };

	if (ckpt_torch_add_storages(t) < 0 ||
	    list_tensors(f, t, root, &o, "constants") < 0 ||
	    report_storages(f, t, root, &o) < 0)
		return -1;
	find_order(t);
	return 0;
}

int
ckpt_torch_check_tensors(struct ckpt_file *f, const struct torch_reader *t)
{
	const struct ckpt_pickle_node *callee = t->unknown;

	if (t->tensors.n > 0 || t->reported > 0)
		return 0;
	return callee == NULL ? 0 : ckpt_fail(f->rd, CKPT_UNSUPPORTED,
	    "no tensors, unless %.200s makes them, which is not supported",
	    callee->type == PK_GLOBAL ? callee->text : "?");
}
