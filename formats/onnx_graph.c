/*
 * onnx_graph.c - the tensors of a model: initializers, constants, and those in
 * other attributes, of its graph, of graphs in attributes and of functions
 *
 * Messages are nested: a model has a graph, that has nodes, they have
 * attributes, and these may have graphs again. They are read in the order of
 * the file, which for nodes is the order in which they run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx.h"

/* Fields of the messages. */
enum { TRAINING_INITIALIZATION = 1, TRAINING_ALGORITHM = 2 };
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5, GRAPH_SPARSE = 15 };
enum { FUNCTION_NAME = 1, FUNCTION_NODE = 7, FUNCTION_ATTRIBUTE = 11 };
enum { NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP = 4, NODE_ATTRIBUTE = 5 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_FLOAT = 2, ATTRIBUTE_INT = 3,
    ATTRIBUTE_STRING = 4, ATTRIBUTE_TENSOR = 5, ATTRIBUTE_GRAPH = 6,
    ATTRIBUTE_FLOATS = 7, ATTRIBUTE_INTS = 8, ATTRIBUTE_STRINGS = 9,
    ATTRIBUTE_TENSORS = 10, ATTRIBUTE_GRAPHS = 11, ATTRIBUTE_REFERENCE = 21,
    ATTRIBUTE_SPARSE = 22, ATTRIBUTE_SPARSES = 23 };
enum { SPARSE_VALUES = 1, SPARSE_DIMS = 3 };

/* The attributes of the operator Constant that are no tensors. */
enum { VALUE_FLOATS = 1 };		/* of which there are several */
static const struct onnx_constant constants[] = {
	{ "value_float", ONNX_FLOAT, 0 }, { "value_floats", ONNX_FLOAT, 1 },
	{ "value_int", ONNX_INT64, 0 }, { "value_ints", ONNX_INT64, 1 },
	{ "value_string", ONNX_STRING, 0 }, { "value_strings", ONNX_STRING, 1 },
};

/* Enter the message of a field. */
static int
enter_field(struct ckpt_file *f, struct onnx_walk *w,
    enum onnx_message_kind kind, const struct protobuf_field *p, char *path)
{
	return ckpt_onnx_enter(f, w, kind, ckpt_input_tell(f->in) + p->value,
	    path);
}

/* Read a string into *text. */
static int
read_text(struct ckpt_file *f, const struct protobuf_field *p, char **text)
{
	free(*text);
	*text = ckpt_protobuf_read_text(f->rd, f->in, p);
	return *text ? 0 : -1;
}

/* -------------------------------------------------------------- tensors */

/* Begin the next tensor. Its name is given, or its own after the path. */
static struct onnx_tensor *
begin_tensor(struct onnx_walk *w, char *name)
{
	struct onnx_tensor *o = &w->tensor;

	o->name = name;
	o->is_named = name != NULL;
	o->path = ckpt_onnx_get_path(w);
	return o;
}

/* A TensorProto. 1 or -1. */
static int
read_tensor(struct ckpt_file *f, struct onnx_walk *w,
    const struct protobuf_field *p, char *name)
{
	w->end = ckpt_input_tell(f->in) + p->value;
	return ckpt_onnx_read_header(f->rd, f->in, w->end,
	    begin_tensor(w, name)) < 0 ? -1 : 1;
}

/* A SparseTensorProto, which is only listed. The name of its values is its
 * own. */
static int
read_sparse(struct ckpt_file *f, struct onnx_walk *w, uint64_t end, char *name)
{
	struct onnx_tensor *o = begin_tensor(w, name);
	struct ckpt_tensor shape = { 0 };
	struct protobuf_field p;
	int r;

	while ((r = ckpt_protobuf_next_field(f->rd, f->in, end, &p)) == 1) {
		uint64_t inner = ckpt_input_tell(f->in) + p.value;

		if (p.field == SPARSE_VALUES && p.wire == PB_BYTES && !o->type)
			r = ckpt_onnx_read_header(f->rd, f->in, inner, o) < 0 ?
			    -1 : ckpt_onnx_skip_rest(f->rd, f->in, inner, o);
		else if (p.field == SPARSE_DIMS)
			r = ckpt_onnx_read_dims(f->rd, f->in, &p, &shape);
		else
			r = ckpt_protobuf_skip_field(f->rd, f->in, &p);
		if (r < 0)
			return -1;
	}
	o->t.rank = shape.rank;
	memcpy(o->t.dim, shape.dim, sizeof shape.dim);
	if (r < 0 || ckpt_onnx_list_only(f->rd, o, "sparse") < 0)
		return -1;
	o->in_place = false;		/* they were skipped */
	return 1;
}

/* At the end of an attribute that is no tensor: 1, or 0 if it has no value. */
static int
end_constant(struct ckpt_file *f, struct onnx_walk *w)
{
	const struct onnx_message *a = ckpt_onnx_get_top(w);
	const struct onnx_constant *c = a->constant;
	struct onnx_tensor *o = &w->tensor;

	if (c == NULL || a->refers)
		return 0;
	o->name = ckpt_onnx_name_tensor(f, w, false);
	if (o->name == NULL)
		return -1;
	o->type = c->type;
	o->length = UINT64_MAX;
	o->t.rank = c->rank;
	o->t.dim[0] = a->items;
	/* some writers omit a value of 0 */
	if (c->rank == 0 && a->items == 0 && ckpt_buffer_add(&o->values,
	    "\0\0\0", c->type == ONNX_FLOAT ? 4 : 1) < 0)
		return ckpt_fail_memory(f->rd);
	return ckpt_onnx_set_type(f->rd, o) < 0 ? -1 : 1;
}

/* --------------------------------------------------------------- fields */

/* A value of an attribute that is no tensor. */
static int
add_value(struct ckpt_file *f, struct onnx_walk *w, struct protobuf_field p)
{
	struct onnx_message *a = ckpt_onnx_get_top(w);
	uint32_t type = p.field == ATTRIBUTE_FLOAT ||
	    p.field == ATTRIBUTE_FLOATS ? ONNX_FLOAT :
	    p.field == ATTRIBUTE_INT || p.field == ATTRIBUTE_INTS ?
	    ONNX_INT64 : ONNX_STRING;

	if (type != a->constant->type)
		return ckpt_protobuf_skip_field(f->rd, f->in, &p);
	if (type != ONNX_STRING)
		return ckpt_onnx_add_values(f->rd, f->in, p, &w->tensor, type,
		    &a->items);
	a->items++;
	return ckpt_protobuf_skip_field(f->rd, f->in, &p);
}

static int
read_attribute_name(struct ckpt_file *f, struct onnx_walk *w,
    const struct protobuf_field *p)
{
	struct onnx_message *a = ckpt_onnx_get_top(w), *owner = a - 1;

	if (read_text(f, p, &a->name) < 0)
		return -1;
	for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
		if (owner->op && strcmp(owner->op, "Constant") == 0 &&
		    strcmp(a->name, constants[i].name) == 0)
			a->constant = &constants[i];
	return 0;
}

/* As read_field. */
static int
read_attribute(struct ckpt_file *f, struct onnx_walk *w,
    const struct protobuf_field *p)
{
	bool is_list = p->field == ATTRIBUTE_TENSORS ||
	    p->field == ATTRIBUTE_GRAPHS || p->field == ATTRIBUTE_SPARSES;
	struct onnx_message *a = ckpt_onnx_get_top(w);
	uint64_t end = ckpt_input_tell(f->in) + p->value;
	char *name = NULL;

	/* the weights of the linear models of ONNX-ML */
	if (p->field == ATTRIBUTE_FLOATS && a->constant == NULL)
		a->constant = &constants[VALUE_FLOATS];
	if (a->constant && p->field >= ATTRIBUTE_FLOAT &&
	    p->field <= ATTRIBUTE_STRINGS && p->field != ATTRIBUTE_TENSOR &&
	    p->field != ATTRIBUTE_GRAPH)
		return add_value(f, w, *p);
	if (p->wire != PB_BYTES)
		return 0;
	switch (p->field) {
	case ATTRIBUTE_NAME:
		return read_attribute_name(f, w, p);
	case ATTRIBUTE_REFERENCE:
		a->refers = true;
		return ckpt_protobuf_skip_field(f->rd, f->in, p);
	case ATTRIBUTE_TENSOR: case ATTRIBUTE_TENSORS:
		name = ckpt_onnx_name_tensor(f, w, is_list);
		return name ? read_tensor(f, w, p, name) : -1;
	case ATTRIBUTE_GRAPH: case ATTRIBUTE_GRAPHS:
		name = ckpt_onnx_make_path(f, w,
		    ckpt_onnx_name_attribute(w, is_list));
		return name ? enter_field(f, w, ONNX_GRAPH, p, name) : -1;
	case ATTRIBUTE_SPARSE: case ATTRIBUTE_SPARSES:
		name = ckpt_onnx_name_tensor(f, w, is_list);
		return name ? read_sparse(f, w, end, name) : -1;
	default:
		return ckpt_protobuf_skip_field(f->rd, f->in, p);
	}
}

static int
read_node(struct ckpt_file *f, struct onnx_walk *w,
    const struct protobuf_field *p)
{
	struct onnx_message *node = ckpt_onnx_get_top(w);

	switch (p->field) {
	case NODE_OUTPUT:		/* the first of several */
		return node->output ?
		    ckpt_protobuf_skip_field(f->rd, f->in, p) :
		    read_text(f, p, &node->output);
	case NODE_NAME:
		return read_text(f, p, &node->name);
	case NODE_OP:
		return read_text(f, p, &node->op);
	case NODE_ATTRIBUTE:
		return enter_field(f, w, ONNX_ATTRIBUTE, p, NULL);
	default:
		return ckpt_protobuf_skip_field(f->rd, f->in, p);
	}
}

static int
read_graph(struct ckpt_file *f, struct onnx_walk *w,
    const struct protobuf_field *p)
{
	switch (p->field) {
	case GRAPH_NODE:
		return enter_field(f, w, ONNX_NODE, p, NULL);
	case GRAPH_INITIALIZER:
		return read_tensor(f, w, p, NULL);
	case GRAPH_SPARSE:
		return read_sparse(f, w, ckpt_input_tell(f->in) + p->value,
		    NULL);
	default:
		return ckpt_protobuf_skip_field(f->rd, f->in, p);
	}
}

static int
read_function(struct ckpt_file *f, struct onnx_walk *w,
    const struct protobuf_field *p)
{
	struct onnx_message *m = ckpt_onnx_get_top(w);
	char *name = NULL;

	switch (p->field) {
	case FUNCTION_NAME:
		if (read_text(f, p, &name) < 0)
			return -1;
		free(m->path);
		m->path = ckpt_onnx_make_path(f, w, name);
		return m->path ? 0 : -1;
	case FUNCTION_NODE:
		return enter_field(f, w, ONNX_NODE, p, NULL);
	case FUNCTION_ATTRIBUTE:
		return enter_field(f, w, ONNX_ATTRIBUTE, p, NULL);
	default:
		return ckpt_protobuf_skip_field(f->rd, f->in, p);
	}
}

/* What follows the graph of the model; its metadata was read before. */
static int
read_model(struct ckpt_file *f, struct onnx_walk *w,
    const struct protobuf_field *p)
{
	switch (p->field) {
	case MODEL_GRAPH:
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED, "two graphs");
	case MODEL_FUNCTION:
		return enter_field(f, w, ONNX_FUNCTION, p, NULL);
	case MODEL_METADATA:
		if (ckpt_input_size(f->in) == UINT64_MAX &&
		    ckpt_leave_out(f, "metadata",
		    "after the graph, known only in a file") < 0)
			return -1;
		return ckpt_protobuf_skip_field(f->rd, f->in, p);
	case MODEL_TRAINING:
		if (ckpt_wants_all(f->rd))
			return enter_field(f, w, ONNX_TRAINING, p, NULL);
		/* fall through */
	default:
		return ckpt_protobuf_skip_field(f->rd, f->in, p);
	}
}

static int
read_training(struct ckpt_file *f, struct onnx_walk *w,
    const struct protobuf_field *p)
{
	char *path;

	if (p->field != TRAINING_INITIALIZATION &&
	    p->field != TRAINING_ALGORITHM)
		return ckpt_protobuf_skip_field(f->rd, f->in, p);
	path = ckpt_onnx_make_path(f, w, strdup(p->field ==
	    TRAINING_ALGORITHM ? "training.algorithm" :
	    "training.initialization"));
	return path ? enter_field(f, w, ONNX_GRAPH, p, path) : -1;
}

/* Read a field of the message on top: 1 if it is a tensor, else 0; -1. */
static int
read_field(struct ckpt_file *f, struct onnx_walk *w,
    const struct protobuf_field *p)
{
	enum onnx_message_kind kind = ckpt_onnx_get_top(w)->kind;

	if (p->wire != PB_BYTES && kind != ONNX_ATTRIBUTE)
		return 0;
	switch (kind) {
	case ONNX_MODEL:
		return read_model(f, w, p);
	case ONNX_TRAINING:
		return read_training(f, w, p);
	case ONNX_GRAPH:
		return read_graph(f, w, p);
	case ONNX_FUNCTION:
		return read_function(f, w, p);
	case ONNX_NODE:
		return read_node(f, w, p);
	default:
		return read_attribute(f, w, p);
	}
}

int
ckpt_onnx_next(struct ckpt_file *f, struct onnx_walk *w)
{
	struct protobuf_field p;
	int r = 0;

	if (ckpt_onnx_skip_rest(f->rd, f->in, w->end, &w->tensor) < 0)
		return -1;
	ckpt_onnx_free_tensor(&w->tensor);
	while (r == 0 && w->n > 0) {
		r = ckpt_protobuf_next_field(f->rd, f->in,
		    ckpt_onnx_get_top(w)->end, &p);
		if (r == 1) {
			r = read_field(f, w, &p);
		} else if (r == 0) {
			r = end_constant(f, w);
			ckpt_onnx_leave(w);
		}
	}
	return r;
}
