/* torch_state_dict.c - the tensors of a PyTorch checkpoint, and their names */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torch.h"

enum { WRAPS = 4, TIES = 1000, VIEW_TEXT = 40 * (CKPT_RANK + 2) };

struct tensor_list {
	struct ckpt_file *f;
	struct torch_reader *torch;
	struct ckpt_name_map names;
	struct ckpt_name_map views;	/* a view as text: its first name */
	size_t		 ties;
};

/* -------------------------------------------------------------- tensors */

/* A text that two views have in common only if they are the same view of the
 * same storage. */
static void
format_view(const struct torch_tensor *v, char s[VIEW_TEXT])
{
	size_t n = snprintf(s, VIEW_TEXT, "%s %s %" PRIu64, v->storage->key,
	    ckpt_type_name(v->type), v->offset);

	for (size_t i = 0; i < v->dim->n; i++)
		n += snprintf(s + n, VIEW_TEXT - n, " %" PRId64 ":%" PRId64,
		    v->dim->item[i]->i, v->stride->item[i]->i);
}

/* Add a tie and return 1 if v is another name of a listed tensor. */
static int
add_tie(struct tensor_list *k, const struct torch_tensor *v)
{
	char text[VIEW_TEXT];
	void **first;
	int new;

	for (size_t i = 0; i < v->dim->n; i++)
		if (v->dim->item[i]->i == 0)
			return 0;
	format_view(v, text);
	new = ckpt_name_map_add(&k->views, text, v->name);
	if (new < 0)
		return ckpt_fail_memory(k->f->rd);
	/* a header has room for TIES; further ones are stored again */
	if (new == 1 || ++k->ties > TIES)
		return 0;
	first = ckpt_name_map_find(&k->views, text);
	return ckpt_tie(k->f, v->name, *first) < 0 ? -1 : 1;
}

static int
add_tensor(struct torch_walk *w, const char *name, struct ckpt_pickle_node *x)
{
	struct tensor_list *k = w->arg;
	struct torch_tensor v;
	int r;

	if (x->type != PK_OBJECT)
		return 0;
	if (*name == 0)
		name = "tensor";	/* the root itself */
	if (strlen(name) > CKPT_NAME)
		return ckpt_fail(k->f->rd, CKPT_LIMIT, "%.60s...: a name of "
		    "more than %d bytes", name, CKPT_NAME);
	if (ckpt_torch_rebuild_tensor(w->torch, x, name, &v) < 0)
		return -1;
	r = ckpt_name_map_add(&k->names, name, NULL);
	if (r < 0)
		return ckpt_fail_memory(k->f->rd);
	if (r == 0)
		return ckpt_fail(k->f->rd, CKPT_BAD, "%.200s twice", name);
	v.name = strdup(name);
	r = v.name ? add_tie(k, &v) : ckpt_fail_memory(k->f->rd);
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
		    ckpt_torch_is_bare_tensor(w->torch, key, value))
			r = add_tensor(w, key->text, value);
	}
	return r;
}

/* ------------------------------------------------------- file order */

static int
compare_location(const void *a, const void *b)
{
	const struct torch_tensor *x = a, *y = b;
	int r = strcmp(x->storage->key, y->storage->key);

	if (r != 0)
		return r;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Sort the tensors by storage and offset. */
static void
group_by_storage(struct torch_reader *t)
{
	struct torch_tensor *v = (struct torch_tensor *)t->tensors.p;
	size_t n = t->tensors.n / sizeof *v;
	uint64_t end = 0;

	if (n > 0)
		qsort(v, n, sizeof *v, compare_location);
	for (size_t i = 0; i < n; i++) {
		struct torch_storage *s = v[i].storage;
		struct ckpt_tensor shape;

		ckpt_torch_set_shape(&v[i], &shape);
		ckpt_measure(&shape);
		if (s->n++ == 0) {
			s->first = i;
			end = 0;
		}
		if (!ckpt_torch_is_contiguous(&v[i]) || v[i].offset < end)
			s->scattered = true;
		end = v[i].offset + shape.size;
	}
}

/* ------------------------------------------------------------- the step */

static void
find_step(struct ckpt_file *f, const struct ckpt_pickle_node *root)
{
	static const char *const key[] =
	    { "global_step", "step", "iteration", "iter_num", "epoch" };

	for (size_t i = 0; i < sizeof key / sizeof *key && !f->has_step; i++) {
		const struct ckpt_pickle_node *x =
		    ckpt_pickle_get(root, key[i]);

		if (x && x->type == PK_INT && x->i >= 0) {
			f->has_step = true;
			f->step = (uint64_t)x->i;
		}
	}
}

int
ckpt_torch_read_state_dict(struct ckpt_file *f, struct torch_reader *t,
    struct ckpt_pickle_node *root)
{
	struct tensor_list k = { .f = f, .torch = t };
	struct torch_walk w = { .torch = t, .leaf = add_tensor, .arg = &k };
	const struct ckpt_pickle_node *outside[WRAPS];
	bool whole = ckpt_wants_all(f->rd) || ckpt_torch_is_optimizer(root);
	int r = 0, outer = 0;

	w.is_excluded = whole ? NULL : ckpt_torch_is_excluded;
	if (ckpt_torch_add_storages(t) < 0)
		return -1;
	if (root->type == PK_DICT) {
		find_step(f, root);
		if (ckpt_torch_read_metadata(f, t, root, w.is_excluded) < 0)
			return -1;
	}
	while (outer < WRAPS && !whole && root->type == PK_DICT) {
		struct ckpt_pickle_node *inner =
		    ckpt_torch_unwrap(t, root, outer == 0, &r);

		if (r < 0)
			return -1;
		if (inner == NULL)
			break;
		outside[outer++] = root;
		root = inner;
		w.is_excluded = ckpt_torch_is_excluded_inside;
	}
	r = ckpt_torch_walk_leaves(&w, root);
	for (int i = 0; i < outer && r == 0; i++)
		r = add_bare_tensors(&w, outside[i], i == 0);
	ckpt_name_map_clear(&k.views, NULL);
	ckpt_name_map_clear(&k.names, NULL);
	if (r == 0 && t->tensors.n == 0 && t->unknown)
		r = ckpt_fail(f->rd, CKPT_UNSUPPORTED, "no tensors, unless "
		    "%.200s makes them, which is not supported", t->unknown);
	group_by_storage(t);
	return r;
}
