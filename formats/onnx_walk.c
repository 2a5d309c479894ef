/* onnx_walk.c - the stack of messages in a walk through a model, and names */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx.h"

enum { DEPTH = 100 };

/* ---------------------------------------------------------------- stack */

struct onnx_message *
ckpt_onnx_get_top(const struct onnx_walk *w)
{
	return &w->message[w->n - 1];
}

void
ckpt_onnx_leave(struct onnx_walk *w)
{
	struct onnx_message *m = &w->message[--w->n];

	free(m->path);
	free(m->name);
	free(m->output);
	free(m->op);
}

int
ckpt_onnx_enter(struct ckpt_file *f, struct onnx_walk *w,
    enum onnx_message_kind kind, uint64_t end, char *path)
{
	if (w->n == DEPTH || ckpt_grow(&w->message, w->n, &w->room,
	    sizeof *w->message) < 0) {
		free(path);
		return w->n == DEPTH ? ckpt_fail(f->rd, CKPT_LIMIT, "graphs "
		    "more than %d deep", DEPTH / 3) : ckpt_fail_memory(f->rd);
	}
	w->message[w->n++] = (struct onnx_message){ .kind = kind, .end = end,
	    .path = path };
	return 0;
}

void
ckpt_onnx_free_walk(struct onnx_walk *w)
{
	while (w->n > 0)
		ckpt_onnx_leave(w);
	free(w->message);
	ckpt_name_map_clear(&w->names, NULL);
	ckpt_onnx_free_tensor(&w->tensor);
}

/* ---------------------------------------------------------------- names */

const char *
ckpt_onnx_get_path(const struct onnx_walk *w)
{
	for (size_t i = w->n; i-- > 0; )
		if (w->message[i].path)
			return w->message[i].path;
	return "";
}

/* Nodes may lack a name, and may share one; their outputs do neither. */
static const char *
get_node_name(const struct onnx_message *node)
{
	return node->name && *node->name ? node->name :
	    node->output ? node->output : node->op ? node->op : "node";
}

/* A name that was not made before: with "_2" and so on if it was. name, which
 * may be NULL for lack of memory, is freed or returned. NULL after
 * ckpt_fail. */
static char *
make_unique(struct ckpt_file *f, struct onnx_walk *w, char *name)
{
	void **used = name ? ckpt_name_map_find(&w->names, name) : NULL;
	char *other = NULL;

	if (used) {
		*used = (void *)((uintptr_t)*used + 1);
		if (asprintf(&other, "%s_%zu", name,
		    (size_t)(uintptr_t)*used + 1) < 0)
			other = NULL;
		free(name);
		return make_unique(f, w, other);
	}
	if (name == NULL || ckpt_name_map_add(&w->names, name, NULL) < 0) {
		free(name);
		ckpt_fail_memory(f->rd);
		return NULL;
	}
	return name;
}

char *
ckpt_onnx_make_path(struct ckpt_file *f, struct onnx_walk *w, char *name)
{
	char *path = NULL;

	name = make_unique(f, w, name);
	if (name && asprintf(&path, "%s.", name) < 0) {
		path = NULL;
		ckpt_fail_memory(f->rd);
	}
	free(name);
	return path;
}

char *
ckpt_onnx_name_attribute(struct onnx_walk *w, bool is_list)
{
	struct onnx_message *a = ckpt_onnx_get_top(w), *owner = a - 1;
	bool is_node = owner->kind == ONNX_NODE;
	char *name, index[24] = "";

	if (is_list)
		snprintf(index, sizeof index, ".%" PRIu64, a->items++);
	return asprintf(&name, "%s%s%s%s%s", ckpt_onnx_get_path(w), is_node ?
	    get_node_name(owner) : "", is_node ? "." : "", a->name ? a->name :
	    "attribute", index) < 0 ? NULL : name;
}

char *
ckpt_onnx_name_tensor(struct ckpt_file *f, struct onnx_walk *w, bool is_list)
{
	struct onnx_message *owner = ckpt_onnx_get_top(w) - 1;
	char *name;

	if (!owner->op || !owner->output || strcmp(owner->op, "Constant") != 0)
		return make_unique(f, w, ckpt_onnx_name_attribute(w, is_list));
	if (asprintf(&name, "%s%s", ckpt_onnx_get_path(w), owner->output) >= 0)
		return name;
	ckpt_fail_memory(f->rd);
	return NULL;
}
