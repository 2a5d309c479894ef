/* torch_leaves.c - walk the leaves of a checkpoint's tree, by dotted names */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torch.h"

enum {
	DEPTH = 1000,
	STEPS = 1 << 18,	/* plus 32 per node: sharing is legal */
	PATH = CKPT_NAME + 64	/* longer names are refused when used */
};

/* A container that is being walked. */
struct frame {
	struct ckpt_pickle_node *node;
	const struct ckpt_pickle_node *except;	/* set of keys to skip */
	bool		 module;	/* node is the state of a module */
	uint32_t	 i;		/* next item, or part of a module */
	size_t		 path;		/* length of its name */
};

struct walker {
	struct torch_walk *w;
	struct ckpt_buffer frames;	/* struct frame */
	char		 path[PATH + 1];
	size_t		 n;		/* length of path before truncation */
};

bool
ckpt_torch_is_scalar(const struct ckpt_pickle_node *x)
{
	return x->type == PK_BOOL || x->type == PK_INT ||
	    x->type == PK_FLOAT || x->type == PK_TEXT;
}

static bool
is_scalar_list(const struct ckpt_pickle_node *x)
{
	if ((x->type != PK_LIST && x->type != PK_TUPLE) || x->n == 0)
		return false;
	for (size_t i = 0; i < x->n; i++)
		if (!ckpt_torch_is_scalar(x->item[i]))
			return false;
	return true;
}

/* Count steps, to limit the time: shared nodes are visited once per reference,
 * and long ones are searched each time. */
static int
count_steps(struct walker *k, size_t n)
{
	struct torch_reader *t = k->w->torch;
	uint64_t limit = STEPS + 32 * (uint64_t)t->pickle.nodes;

	t->steps += n;
	return t->steps <= limit ? 0 : ckpt_fail(t->pickle.rd, CKPT_LIMIT,
	    "%.200s: entries that are shared too often", k->path);
}

/* Append the name of a container's entry, a key or an index, to the path. */
static int
append_key(struct walker *k, const struct ckpt_pickle_node *key, uint32_t i)
{
	char number[24];
	const char *s = "?";
	size_t n = 1, part;

	if (key == NULL || key->type == PK_INT || key->type == PK_BOOL) {
		n = snprintf(number, sizeof number, "%" PRId64,
		    key ? key->i : (int64_t)i);
		s = number;
	} else if (key->type == PK_TEXT || key->type == PK_BYTES) {
		s = key->text;
		n = key->n;
		if (memchr(s, 0, n))
			return ckpt_fail(k->w->torch->pickle.rd, CKPT_BAD,
			    "NUL in the name of an entry of \"%.200s\"",
			    k->path);
	}
	if (k->n > 0 && k->n < PATH)
		k->path[k->n] = '.';
	k->n += k->n > 0;
	part = k->n < PATH ? PATH - k->n : 0;
	if (part > 0)
		memcpy(k->path + k->n, s, n < part ? n : part);
	k->n += n;
	k->path[k->n < PATH ? k->n : PATH] = 0;
	return 0;
}

static int
push_frame(struct walker *k, struct ckpt_pickle_node *x, bool module,
    const struct ckpt_pickle_node *except)
{
	struct frame f = { x, except, module, 0, k->n };
	struct ckpt_rd *rd = k->w->torch->pickle.rd;

	if (x->busy)
		return ckpt_fail(rd, CKPT_BAD, "%.200s: contains itself",
		    k->n ? k->path : "the checkpoint");
	if (k->frames.n / sizeof f >= DEPTH)
		return ckpt_fail(rd, CKPT_LIMIT,
		    "%.60s: more than %d containers deep", k->path, DEPTH);
	if (ckpt_buffer_add(&k->frames, &f, sizeof f) < 0)
		return ckpt_fail_memory(rd);
	x->busy = true;
	return 0;
}

/* A module of TorchScript: parameters and modules are attributes. */
static bool
is_script(const struct ckpt_pickle_node *callee)
{
	return callee->type == PK_GLOBAL &&
	    strncmp(callee->text, "__torch__.", 10) == 0;
}

/* Call leaf for a leaf; push a container; ignore other nodes. */
static int
visit_node(struct walker *k, struct ckpt_pickle_node *x)
{
	struct torch_tensor v;
	struct ckpt_pickle_node *s;
	int r;

	if (count_steps(k, 1) < 0)
		return -1;
	if (ckpt_torch_is_scalar(x) || is_scalar_list(x))
		return k->w->leaf(k->w, k->path, x);
	if (x->type == PK_TUPLE || x->type == PK_LIST || x->type == PK_DICT)
		return push_frame(k, x, false, NULL);
	if (x->type != PK_OBJECT && x->type != PK_PERSISTENT)
		return 0;
	r = ckpt_torch_rebuild_tensor(k->w->torch, x, k->path, &v);
	if (r != 0)
		return r < 0 ? -1 : k->w->leaf(k->w, k->path, x);
	if (x->type == PK_PERSISTENT)
		return 0;		/* a class, with its source code */
	s = ckpt_pickle_attributes(x);
	if (s && count_steps(k, s->n) < 0)
		return -1;
	if (s && (ckpt_pickle_get(s, "_modules") ||
	    ckpt_pickle_get(s, "_parameters") ||
	    ckpt_pickle_get(s, "_buffers")))
		return push_frame(k, s, true, NULL);
	if (s && is_script(x->item[PK_CALLEE]))
		return push_frame(k, s, false, NULL);
	return x->item[PK_CONTENT] ? push_frame(k, x->item[PK_CONTENT], false,
	    NULL) : 0;
}

static bool
is_in_set(const struct ckpt_pickle_node *set,
    const struct ckpt_pickle_node *key)
{
	for (size_t i = 0; set && i < set->n; i++)
		if (set->item[i]->type == PK_TEXT &&
		    ckpt_pickle_is_text(key, set->item[i]->text))
			return true;
	return false;
}

/* Push the next part of a module; it adds nothing to the name. */
static int
visit_module_part(struct walker *k, struct frame *f)
{
	static const char *const part[] =
	    { "_parameters", "_buffers", "_modules" };
	const struct ckpt_pickle_node *set = NULL;
	struct ckpt_pickle_node *x = ckpt_pickle_get(f->node, part[f->i]);

	if (f->i == 1)		/* not in the state_dict either */
		set = ckpt_pickle_get(f->node, "_non_persistent_buffers_set");
	f->i++;
	if (x && x->type == PK_OBJECT)
		x = x->item[PK_CONTENT];
	return x && x->type == PK_DICT ? push_frame(k, x, false,
	    set && set->type == PK_SET ? set : NULL) : 0;
}

static int
visit_item(struct walker *k, struct frame *f)
{
	bool dict = f->node->type == PK_DICT;
	struct ckpt_pickle_node *key = dict ? f->node->item[f->i] : NULL;
	struct ckpt_pickle_node *x = f->node->item[f->i + dict];
	int r;

	r = append_key(k, key, f->i);
	f->i += 1 + dict;
	if (r == 0)
		r = count_steps(k, (key ? key->n : 0) / 64 + (f->except ?
		    f->except->n : 0) + (x->type >= PK_TUPLE &&
		    x->type <= PK_DICT ? x->n : 0));
	if (r < 0 || (f->except && is_in_set(f->except, key)))
		return r;
	if (key && k->w->is_excluded &&
	    k->w->is_excluded(key, x, k->frames.n == sizeof *f))
		return 0;
	return visit_node(k, x);
}

int
ckpt_torch_walk_leaves(struct torch_walk *w, struct ckpt_pickle_node *root)
{
	struct walker *k = calloc(1, sizeof *k);
	struct frame *f;
	int r;

	if (k == NULL)
		return ckpt_fail_memory(w->torch->pickle.rd);
	k->w = w;
	r = visit_node(k, root);
	while (r == 0 && k->frames.n > 0) {
		f = (struct frame *)(k->frames.p + k->frames.n) - 1;
		k->n = f->path;
		k->path[k->n < PATH ? k->n : PATH] = 0;
		if (f->i < (f->module ? 3 : f->node->n)) {
			r = f->module ? visit_module_part(k, f) :
			    visit_item(k, f);
			continue;
		}
		f->node->busy = false;
		k->frames.n -= sizeof *f;
	}
	/* clear the marks of a walk that ended early */
	for (; k->frames.n > 0; k->frames.n -= sizeof *f)
		((struct frame *)(k->frames.p + k->frames.n) - 1)->node->busy =
		    false;
	free(k->frames.p);
	free(k);
	return r;
}
