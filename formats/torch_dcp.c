/*
 * torch_dcp.c - a distributed checkpoint of PyTorch: a folder
 *
 * The file that is opened, .metadata, is a pickle. It has the shape, dtype and
 * chunks of each tensor, and for each chunk a file in the same folder, an
 * offset and a length. There lies a zip (torch_zip.c) of one tensor.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torch_dcp.h"

static const char module[] = "torch.distributed.checkpoint.metadata";

static bool
probe(const unsigned char *p, size_t n)
{
	return n > 2 && p[0] == 0x80 &&
	    memmem(p, n < 128 ? n : 128, module, strlen(module)) != NULL;
}

static int
fail_named(struct ckpt_file *f, const char *name, const char *what)
{
	return ckpt_fail(f->rd, CKPT_BAD, "%.200s: %s", name, what);
}

/* An attribute of an object, or NULL. */
static const struct ckpt_pickle_node *
get_attribute(const struct ckpt_pickle_node *x, const char *name)
{
	struct ckpt_pickle_node *dict[2];

	return x->type == PK_OBJECT && ckpt_torch_attributes(x, dict) > 0 ?
	    ckpt_pickle_get(dict[0], name) : NULL;
}

static bool
is_count(const struct ckpt_pickle_node *x)
{
	return x && x->type == PK_INT && x->i >= 0;
}

/* ------------------------------------------------- locations of the chunks */

/* The key of a chunk: the name of the tensor and the chunk's offset in it. */
static int
make_key(struct ckpt_buffer *b, const struct ckpt_pickle_node *name,
    const struct ckpt_pickle_node *offset)
{
	char number[24];

	b->n = 0;
	if (ckpt_buffer_add(b, name->text, name->n) < 0)
		return -1;
	for (size_t i = 0; offset && i < offset->n; i++) {
		snprintf(number, sizeof number, "\t%" PRId64,
		    offset->item[i]->i);
		if (ckpt_buffer_add(b, number, strlen(number)) < 0)
			return -1;
	}
	return ckpt_buffer_add(b, "", 1);
}

static bool
is_name(const struct ckpt_pickle_node *x)
{
	return x && x->type == PK_TEXT && memchr(x->text, 0, x->n) == NULL &&
	    x->n <= CKPT_NAME;
}

/* Index storage_data: the location of each chunk, by its key. */
static int
read_storage_data(struct ckpt_file *f, struct torch_dcp *d,
    const struct ckpt_pickle_node *data)
{
	struct ckpt_buffer b = { 0 };
	int r = 0;

	for (size_t i = 0; i < data->n && r == 0; i += 2) {
		const struct ckpt_pickle_node *index = data->item[i], *name,
		    *offset;

		name = get_attribute(index, "fqn");
		offset = get_attribute(index, "offset");
		offset = offset ? ckpt_torch_int_tuple(offset) : NULL;
		if (!is_name(name) || (offset && offset->n > CKPT_RANK))
			r = fail_named(f, "storage_data",
			    "a chunk without a name");
		else if (make_key(&b, name, offset) < 0 ||
		    ckpt_name_map_add(&d->storage_data, (char *)b.p,
		    data->item[i + 1]) < 0)
			r = ckpt_fail_memory(f->rd);
	}
	free(b.p);
	return r;
}

/* Set file, offset and length of a chunk. */
static int
find_chunk(struct ckpt_file *f, struct torch_dcp *d,
    const struct ckpt_pickle_node *name, struct torch_dcp_chunk *c)
{
	struct ckpt_buffer b = { 0 };
	const struct ckpt_pickle_node *x, *at, *len, *file;
	void **found = NULL;
	bool zero = true;

	if (make_key(&b, name, c->offset) == 0)
		found = ckpt_name_map_find(&d->storage_data, (char *)b.p);
	for (size_t i = 0; i < c->offset->n; i++)
		zero = zero && c->offset->item[i]->i == 0;
	/* the key of a tensor that was not sharded has no offset */
	if (found == NULL && zero && make_key(&b, name, NULL) == 0)
		found = ckpt_name_map_find(&d->storage_data, (char *)b.p);
	free(b.p);
	if (found == NULL)
		return fail_named(f, name->text, "a chunk without storage");
	x = *found;
	file = get_attribute(x, "relative_path");
	at = get_attribute(x, "offset");
	len = get_attribute(x, "length");
	if (!is_count(at) || !is_count(len) || !is_name(file))
		return fail_named(f, name->text,
		    "a chunk without a file, an offset and a length");
	c->file = file->text;
	c->at = (uint64_t)at->i;
	c->len = (uint64_t)len->i;
	return 0;
}

/* --------------------------------------------------------------- tensors */

/* A chunk, which must lie inside the tensor. */
static int
read_chunk(struct ckpt_file *f, struct torch_dcp *d,
    const struct ckpt_pickle_node *name, const struct ckpt_pickle_node *x,
    const struct torch_dcp_tensor *t)
{
	const struct ckpt_pickle_node *offset = get_attribute(x, "offsets");
	const struct ckpt_pickle_node *size = get_attribute(x, "sizes");
	struct torch_dcp_chunk c = { 0 };

	c.offset = offset ? ckpt_torch_int_tuple(offset) : NULL;
	c.size = size ? ckpt_torch_int_tuple(size) : NULL;
	if (c.offset == NULL || c.size == NULL ||
	    c.offset->n != t->dim->n || c.size->n != t->dim->n)
		return fail_named(f, name->text,
		    "a chunk without offsets and sizes");
	for (size_t i = 0; i < t->dim->n; i++) {
		int64_t dim = t->dim->item[i]->i;

		if (c.offset->item[i]->i > dim ||
		    c.size->item[i]->i > dim - c.offset->item[i]->i)
			return fail_named(f, name->text,
			    "a chunk outside the tensor");
	}
	if (find_chunk(f, d, name, &c) < 0)
		return -1;
	return ckpt_buffer_add(&d->chunks, &c, sizeof c) == 0 ? 0 :
	    ckpt_fail_memory(f->rd);
}

/* That the chunks of a tensor leave no gap is checked when it is loaded. */
static int
read_chunks(struct ckpt_file *f, struct torch_dcp *d,
    const struct ckpt_pickle_node *name, const struct ckpt_pickle_node *list,
    struct torch_dcp_tensor *t)
{
	if (list == NULL || list->type != PK_LIST || list->n == 0)
		return fail_named(f, name->text, "no chunks");
	if ((d->work += (uint64_t)list->n * list->n) > DCP_WORK)
		return ckpt_fail(f->rd, CKPT_LIMIT, "%.200s: too many chunks",
		    name->text);
	t->first = d->chunks.n / sizeof(struct torch_dcp_chunk);
	t->n = list->n;
	for (size_t i = 0; i < list->n; i++)
		if (read_chunk(f, d, name, list->item[i], t) < 0)
			return -1;
	return 0;
}

/* The dtype: the first item of a tuple, or an attribute. *name is what PyTorch
 * calls it. */
static enum ckpt_type
find_dtype(const struct ckpt_pickle_node *properties, const char **name)
{
	const struct ckpt_pickle_node *state, *dtype;

	*name = "?";
	if (properties == NULL || properties->type != PK_OBJECT)
		return CKPT_OTHER;
	state = properties->item[PK_STATE];
	dtype = state && state->type == PK_TUPLE && state->n > 0 ?
	    state->item[0] : get_attribute(properties, "dtype");
	if (dtype == NULL || dtype->type != PK_GLOBAL)
		return CKPT_OTHER;
	*name = ckpt_torch_dtype_name(dtype->text);
	return ckpt_torch_find_dtype(dtype->text);
}

static int
read_tensor(struct ckpt_file *f, struct torch_dcp *d,
    const struct ckpt_pickle_node *name, const struct ckpt_pickle_node *x)
{
	struct torch_dcp_tensor t = { .name = name->text };
	const struct ckpt_pickle_node *size = get_attribute(x, "size");
	struct ckpt_tensor shape;

	t.type = find_dtype(get_attribute(x, "properties"), &t.dtype);
	t.dim = size ? ckpt_torch_int_tuple(size) : NULL;
	if (t.dim == NULL || t.dim->n > CKPT_RANK)
		return fail_named(f, t.name, "wanted a size");
	ckpt_torch_set_shape(t.type, t.dim, &shape);
	if (t.type != CKPT_OTHER && ckpt_measure(&shape) < 0)
		return fail_named(f, t.name, "dimensions overflow");
	if (read_chunks(f, d, name, get_attribute(x, "chunks"), &t) < 0)
		return -1;
	return ckpt_buffer_add(&d->tensors, &t, sizeof t) == 0 ? 0 :
	    ckpt_fail_memory(f->rd);
}

/* The length of a dotted name's first part. */
static size_t
prefix_length(const char *name)
{
	return strcspn(name, ".");
}

/* Remove the name of a wrapper, if it is the prefix of all names. */
static void
remove_wrapper(struct torch_dcp_tensor *t, size_t n)
{
	size_t prefix = prefix_length(t[0].name);

	if (t[0].name[prefix] != '.' ||
	    !ckpt_torch_is_wrapper(t[0].name, prefix))
		return;
	for (size_t i = 0; i < n; i++)
		if (strncmp(t[i].name, t[0].name, prefix + 1) != 0)
			return;
	for (size_t i = 0; i < n; i++)
		t[i].name += prefix + 1;
}

/* Is an entry of that dotted name the state of an optimizer or the like? */
static bool
is_training_state(const char *name)
{
	size_t n = prefix_length(name);

	if (ckpt_torch_is_training_state(name, n))
		return true;
	for (;; name += n + 1) {
		n = prefix_length(name);
		if (name[n] == 0)	/* the name of a tensor */
			return false;
		if (ckpt_torch_is_optimizer_key(name, n))
			return true;
	}
}

/* Add the first part of a name to a list, unless it is the last there. */
static int
note_excluded(struct ckpt_buffer *b, const char *name)
{
	size_t n = prefix_length(name);

	if (b->n > 4096 || (b->n >= n && memcmp(b->p + b->n - n, name, n) == 0))
		return 0;
	return (b->n > 0 && ckpt_buffer_add(b, ", ", 2) < 0) ||
	    ckpt_buffer_add(b, name, n) < 0 ? -1 : 0;
}

static int
add_left_out(struct ckpt_file *f, struct ckpt_buffer *excluded)
{
	if (excluded->n == 0)
		return 0;
	return ckpt_buffer_add(excluded, "", 1) < 0 ? ckpt_fail_memory(f->rd) :
	    ckpt_meta(f, "torch.left_out", (char *)excluded->p);
}

static int
read_tensors(struct ckpt_file *f, struct torch_dcp *d,
    const struct ckpt_pickle_node *all)
{
	bool wants_all = ckpt_wants_all(f->rd);
	struct ckpt_buffer excluded = { 0 };
	int r = 0;
	size_t n;

	for (size_t i = 0; i < all->n && r == 0; i += 2) {
		const struct ckpt_pickle_node *name = all->item[i];

		if (!is_name(name))
			r = fail_named(f, "state_dict_metadata",
			    "a tensor without a name");
		/* entries without chunks are not tensors */
		else if (get_attribute(all->item[i + 1], "chunks") == NULL ||
		    (!wants_all && is_training_state(name->text)))
			r = note_excluded(&excluded, name->text) < 0 ?
			    ckpt_fail_memory(f->rd) : 0;
		else
			r = read_tensor(f, d, name, all->item[i + 1]);
	}
	if (r == 0)
		r = add_left_out(f, &excluded);
	free(excluded.p);
	n = d->tensors.n / sizeof(struct torch_dcp_tensor);
	if (r == 0 && n > 0 && !wants_all)
		remove_wrapper((struct torch_dcp_tensor *)d->tensors.p, n);
	return r;
}

static int
open_file(struct ckpt_file *f)
{
	struct torch_dcp *d = calloc(1, sizeof *d);
	const struct ckpt_pickle_node *root, *tensors, *data;

	f->state = d;
	if (d == NULL)
		return ckpt_fail_memory(f->rd);
	d->folder = -1;
	d->pickle = (struct ckpt_pickle){ .rd = f->rd, .in = f->in,
	    .what = ".metadata" };
	root = ckpt_pickle_read(&d->pickle);
	if (root == NULL)
		return -1;
	tensors = get_attribute(root, "state_dict_metadata");
	data = get_attribute(root, "storage_data");
	if (tensors == NULL || data == NULL || tensors->type != PK_DICT ||
	    data->type != PK_DICT)
		return fail_named(f, ".metadata",
		    "wanted state_dict_metadata and storage_data");
	if (read_storage_data(f, d, data) < 0 ||
	    read_tensors(f, d, tensors) < 0)
		return -1;
	return ckpt_dcp_open_folder(f, d);
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *out)
{
	struct torch_dcp *d = f->state;

	if (d->nth == d->tensors.n / sizeof(struct torch_dcp_tensor))
		return 0;
	d->tensor = (struct torch_dcp_tensor *)d->tensors.p + d->nth++;
	ckpt_torch_set_shape(d->tensor->type, d->tensor->dim, out);
	if (d->tensor->type == CKPT_OTHER)
		ckpt_list_only(out, d->tensor->dtype);
	else
		ckpt_measure(out);
	out->name = d->tensor->name;
	return 1;
}

static void
close_file(struct ckpt_file *f)
{
	struct torch_dcp *d = f->state;

	if (d == NULL)
		return;
	ckpt_name_map_clear(&d->storage_data, NULL);
	free(d->tensors.p);
	free(d->chunks.p);
	free(d->chunk.p);
	ckpt_pickle_free(&d->pickle);
	ckpt_dcp_close_folder(d);
	free(d);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_torch_dcp = {
	.name = "pytorch-distributed",
	.probe = probe,
	.open = open_file,
	.next = next,
	.load = ckpt_dcp_load,
	.close = close_file,
};
