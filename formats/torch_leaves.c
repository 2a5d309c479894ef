/* torch_leaves.c - walk the leaves of a checkpoint's tree, by dotted names */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "torch.h"

enum {
	DEPTH = 1000,
	STEPS = 1 << 18,	/* plus 32 per node: sharing is legal */
	PATH = CKPT_NAME + 64,	/* longer names are refused when used */
	EXCLUDED = 4096		/* bytes of the names of excluded entries */
};

/* A container, module or other object that is being walked. */
struct frame {
	struct ckpt_pickle_node *node;	/* of a module: its attributes */
	const struct ckpt_pickle_node *except;	/* set of keys to skip */
	enum frame_kind {
		CONTAINER, MODULE, OBJECT,
		HIDDEN			/* attributes or arguments */
	}		 kind;
	bool		 quiet;		/* no scalars: inside of HIDDEN */
	uint32_t	 i;		/* next item or part */
	size_t		 path;		/* length of its name */
};

struct walker {
	struct torch_walk *w;
	struct ckpt_buffer frames;	/* struct frame */
	uint32_t	 number;	/* of this walk */
	size_t		 objects;	/* among the frames */
	struct ckpt_buffer key;		/* name of the present entry */
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

int
ckpt_torch_count_steps(struct torch_reader *t, size_t n, const char *what)
{
	uint64_t limit = STEPS + 32 * (uint64_t)t->pickle.nodes;

	t->steps += n;
	return t->steps <= limit ? 0 : ckpt_fail(t->pickle.rd, CKPT_LIMIT,
	    "%.200s: entries that are shared too often", what);
}

static int
count_steps(struct walker *k, size_t n)
{
	return ckpt_torch_count_steps(k->w->torch, n, k->path);
}

/* The name of an entry, as Python prints its key: a text, a number or a tuple
 * of such; or else its index. */
static int
make_name(struct ckpt_buffer *b, const struct ckpt_pickle_node *key,
    uint32_t i)
{
	char number[40];
	size_t n;

	if (key && (key->type == PK_TEXT || key->type == PK_BYTES ||
	    key->type == PK_GLOBAL)) {
		n = key->type == PK_GLOBAL ? strlen(key->text) : key->n;
		return ckpt_buffer_add(b, key->text, n < PATH ? n : PATH);
	}
	if (key && key->type == PK_TUPLE && key->n > 0) {
		for (uint32_t k = 0; k < key->n && b->n < PATH; k++)
			if ((k > 0 && ckpt_buffer_add(b, ",", 1) < 0) ||
			    (key->item[k]->type != PK_TUPLE &&
			    make_name(b, key->item[k], k) < 0))
				return -1;
		return 0;
	}
	if (key && key->type == PK_FLOAT)
		ckpt_shortest_double(number, key->f, 15);
	else if (key && (key->type == PK_BOOL || key->type == PK_NONE))
		snprintf(number, sizeof number, "%s", key->type == PK_NONE ?
		    "None" : key->i ? "True" : "False");
	else
		snprintf(number, sizeof number, "%" PRId64,
		    key && key->type == PK_INT ? key->i : (int64_t)i);
	return ckpt_buffer_add(b, number, strlen(number));
}

/* Append the name of a container's entry to the path. */
static int
append_key(struct walker *k, const struct ckpt_pickle_node *key, uint32_t i)
{
	struct ckpt_buffer *b = &k->key;
	struct ckpt_rd *rd = k->w->torch->pickle.rd;
	size_t part;

	b->n = 0;
	if (make_name(b, key, i) < 0)
		return ckpt_fail_memory(rd);
	if (b->n > 0 && memchr(b->p, 0, b->n))
		return ckpt_fail(rd, CKPT_BAD, "NUL in the name of an entry "
		    "of \"%.200s\"", k->path);
	if (k->n > 0 && k->n < PATH)
		k->path[k->n] = '.';
	k->n += k->n > 0;
	part = k->n < PATH ? PATH - k->n : 0;
	if (part > 0 && b->n > 0)
		memcpy(k->path + k->n, b->p, b->n < part ? b->n : part);
	k->n += b->n;
	k->path[k->n < PATH ? k->n : PATH] = 0;
	return 0;
}

static struct frame *
top_frame(const struct walker *k)
{
	return (struct frame *)(k->frames.p + k->frames.n) - 1;
}

/* A container that contains itself is a fault. Objects may do so in any way. */
static int
push_frame(struct walker *k, struct ckpt_pickle_node *x, enum frame_kind kind,
    const struct ckpt_pickle_node *except)
{
	bool quiet = kind == HIDDEN || (k->frames.n > 0 && top_frame(k)->quiet);
	struct frame f = { x, except, kind, quiet, 0, k->n };
	struct ckpt_rd *rd = k->w->torch->pickle.rd;

	if (x->busy && kind != HIDDEN && k->objects > 0)
		return 0;
	if (x->busy && kind != HIDDEN)
		return ckpt_fail(rd, CKPT_BAD, "%.200s: contains itself",
		    k->n ? k->path : "the checkpoint");
	if (k->frames.n / sizeof f >= DEPTH)
		return ckpt_fail(rd, CKPT_LIMIT,
		    "%.60s: more than %d containers deep", k->path, DEPTH);
	if (ckpt_buffer_add(&k->frames, &f, sizeof f) < 0)
		return ckpt_fail_memory(rd);
	x->busy = x->busy || kind != HIDDEN;
	k->objects += kind != CONTAINER;
	return 0;
}

static void
pop_frame(struct walker *k)
{
	struct frame *f = top_frame(k);

	if (f->kind != HIDDEN)
		f->node->busy = false;
	k->objects -= f->kind != CONTAINER;
	k->frames.n -= sizeof *f;
}

/* Call leaf for a leaf; push a container or an object, but each object only
 * once: objects refer to each other. */
static int
visit_node(struct walker *k, struct ckpt_pickle_node *x)
{
	bool quiet = k->frames.n > 0 && top_frame(k)->quiet;
	struct ckpt_pickle_node *s;

	if (count_steps(k, 1) < 0)
		return -1;
	if (ckpt_torch_is_scalar(x) || is_scalar_list(x))
		return quiet ? 0 : k->w->leaf(k->w, k->path, x);
	if (x->type == PK_TUPLE || x->type == PK_LIST || x->type == PK_DICT)
		return push_frame(k, x, CONTAINER, NULL);
	if (ckpt_torch_is_tensor(x))
		return k->w->leaf(k->w, k->path, x);
	if (x->type != PK_OBJECT)
		return 0;
	s = ckpt_torch_module(x);
	if (s && count_steps(k, s->n) < 0)
		return -1;
	if (s && !k->w->attributes)	/* shared modules have ties */
		return push_frame(k, s, MODULE, NULL);
	if (x->visit == k->number)
		return 0;
	x->visit = k->number;
	if (k->w->torch->unknown == NULL && s == NULL)
		k->w->torch->unknown = x->item[PK_CALLEE];
	return s ? push_frame(k, s, MODULE, NULL) :
	    push_frame(k, x, OBJECT, NULL);
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
	struct ckpt_pickle_node *x;
	uint32_t i = f->i++;

	if (i == 3)		/* the other attributes */
		return push_frame(k, f->node, HIDDEN, NULL);
	x = ckpt_pickle_get(f->node, part[i]);
	if (i == 1 && !k->w->buffers)	/* not in the state_dict either */
		set = ckpt_pickle_get(f->node, "_non_persistent_buffers_set");
	if (x && x->type == PK_OBJECT)
		x = x->item[PK_CONTENT];
	return x && x->type == PK_DICT ? push_frame(k, x, CONTAINER,
	    set && set->type == PK_SET ? set : NULL) : 0;
}

/* Is an attribute one of the parts of a module? */
static bool
is_module_part(const struct ckpt_pickle_node *key)
{
	return ckpt_pickle_is_text(key, "_parameters") ||
	    ckpt_pickle_is_text(key, "_buffers") ||
	    ckpt_pickle_is_text(key, "_modules");
}

/* Push the next part of an object: two dictionaries of attributes or else its
 * state, the items of a dictionary or list, the arguments. They add nothing to
 * the name. */
static int
visit_object_part(struct walker *k, struct frame *f)
{
	struct ckpt_pickle_node *x = f->node, *dict[2], *state;
	uint32_t i = f->i++, n = (uint32_t)ckpt_torch_attributes(x, dict);

	if (i < n) {
		/* a UserDict or the like */
		bool is_wrapper = dict[i]->n == 2 &&
		    ckpt_pickle_is_text(dict[i]->item[0], "data") &&
		    (dict[i]->item[1]->type == PK_DICT ||
		    dict[i]->item[1]->type == PK_LIST);

		return push_frame(k, is_wrapper ? dict[i]->item[1] : dict[i],
		    CONTAINER, NULL);
	}
	state = x->item[PK_STATE];
	if (i == 1 && n == 0 && state && !ckpt_torch_is_scalar(state))
		return visit_node(k, state);
	if (i == 2 && x->item[PK_CONTENT])
		return push_frame(k, x->item[PK_CONTENT], CONTAINER, NULL);
	return i == 3 && x->item[PK_ARGS]->n > 0 ?
	    push_frame(k, x->item[PK_ARGS], HIDDEN, NULL) : 0;
}

/* Add the present name to those of the excluded entries. */
static int
note_excluded(struct walker *k)
{
	struct ckpt_buffer *b = k->w->excluded;

	if (b == NULL)
		return 0;
	if (b->n + k->n > EXCLUDED || k->n > PATH) {
		k->w->more++;
		return 0;
	}
	return (b->n > 0 && ckpt_buffer_add(b, ", ", 2) < 0) ||
	    ckpt_buffer_add(b, k->path, k->n) < 0 ?
	    ckpt_fail_memory(k->w->torch->pickle.rd) : 0;
}

static int
visit_item(struct walker *k, struct frame *f)
{
	bool dict = f->node->type == PK_DICT;
	struct ckpt_pickle_node *key = dict ? f->node->item[f->i] : NULL;
	struct ckpt_pickle_node *x = f->node->item[f->i + dict];
	int r;

	r = append_key(k, key, dict ? f->i / 2 : f->i);
	f->i += 1 + dict;
	if (r == 0)
		r = count_steps(k, (key ? key->n : 0) / 64 + (f->except ?
		    f->except->n : 0) + (x->type >= PK_TUPLE &&
		    x->type <= PK_DICT ? x->n : 0));
	if (r < 0 || (f->kind == HIDDEN && key && is_module_part(key)))
		return r;
	if (f->except && is_in_set(f->except, key)) {
		k->w->hidden++;
		return 0;
	}
	if (k->w->is_excluded && (key ? k->w->is_excluded(key, x,
	    k->frames.n == sizeof *f) : ckpt_torch_is_optimizer(x)))
		return note_excluded(k);
	return visit_node(k, x);
}

static uint32_t
count_parts(const struct walker *k, const struct frame *f)
{
	return f->kind == MODULE ? 3u + k->w->attributes :
	    f->kind == OBJECT ? 4 : f->node->n;
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
	k->number = ++w->torch->walks;
	if (w->prefix)
		k->n = snprintf(k->path, PATH, "%s", w->prefix);
	r = visit_node(k, root);
	while (r == 0 && k->frames.n > 0) {
		f = top_frame(k);
		k->n = f->path;
		k->path[k->n < PATH ? k->n : PATH] = 0;
		if (f->i == count_parts(k, f))
			pop_frame(k);
		else if (f->kind == MODULE)
			r = visit_module_part(k, f);
		else if (f->kind == OBJECT)
			r = visit_object_part(k, f);
		else
			r = visit_item(k, f);
	}
	while (k->frames.n > 0)		/* a walk that ended early */
		pop_frame(k);
	free(k->frames.p);
	free(k->key.p);
	free(k);
	return r;
}
