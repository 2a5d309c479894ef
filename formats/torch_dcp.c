/*
 * torch_dcp.c - a distributed checkpoint of PyTorch: a folder
 *
 * Its .metadata, the file that is opened, is a pickle: shapes and types by
 * name, each with its chunks, and for each chunk a file beside it, an offset
 * and a length. What lies there is a zip (torch_zip.c) of one tensor.
 */
#include <errno.h>
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
bad(struct ckpt_file *f, const char *name, const char *what)
{
	return ckpt_fail(f->rd, CKPT_BAD, "%.200s: %s", name, what);
}

/* An attribute of an object, or NULL. */
static const struct ckpt_pickle_node *
attribute(const struct ckpt_pickle_node *x, const char *name)
{
	const struct ckpt_pickle_node *s = x->type == PK_OBJECT ? ckpt_pickle_attributes(x) : NULL;

	return s ? ckpt_pickle_get(s, name) : NULL;
}

static bool
is_count(const struct ckpt_pickle_node *x)
{
	return x && x->type == PK_INT && x->i >= 0;
}

/* ------------------------------------------------------ where chunks lie */

/* The name of a tensor and where in it a chunk begins, as one text. */
static int
place_text(struct ckpt_buffer *b, const struct ckpt_pickle_node *name, const struct ckpt_pickle_node *offset)
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

/* All of storage_data: the object for each chunk, by its place. */
static int
read_places(struct ckpt_file *f, struct torch_dcp *d, const struct ckpt_pickle_node *data)
{
	struct ckpt_buffer b = { 0 };
	int r = 0;

	for (size_t i = 0; i < data->n && r == 0; i += 2) {
		const struct ckpt_pickle_node *key = data->item[i];
		const struct ckpt_pickle_node *name = attribute(key, "fqn");
		const struct ckpt_pickle_node *offset = attribute(key, "offset");

		offset = offset ? ckpt_torch_numbers(offset) : NULL;
		if (!is_name(name) || (offset && offset->n > CKPT_RANK))
			r = bad(f, "storage_data", "a place without a name");
		else if (place_text(&b, name, offset) < 0 || ckpt_name_map_add(
		    &d->places, (char *)b.p, data->item[i + 1]) < 0)
			r = ckpt_fail_memory(f->rd);
	}
	free(b.p);
	return r;
}

/* Where the chunk lies. */
static int
find(struct ckpt_file *f, struct torch_dcp *d, const struct ckpt_pickle_node *name,
    struct torch_dcp_chunk *c)
{
	struct ckpt_buffer b = { 0 };
	const struct ckpt_pickle_node *x, *at, *len, *file;
	void **found = NULL;
	bool zero = true;

	if (place_text(&b, name, c->offset) == 0)
		found = ckpt_name_map_find(&d->places, (char *)b.p);
	for (size_t i = 0; i < c->offset->n; i++)
		zero = zero && c->offset->item[i]->i == 0;
	/* what was not sharded has a place without numbers */
	if (found == NULL && zero && place_text(&b, name, NULL) == 0)
		found = ckpt_name_map_find(&d->places, (char *)b.p);
	free(b.p);
	if (found == NULL)
		return bad(f, name->text, "a chunk that lies nowhere");
	x = *found;
	file = attribute(x, "relative_path");
	at = attribute(x, "offset");
	len = attribute(x, "length");
	if (!is_count(at) || !is_count(len) || !is_name(file))
		return bad(f, name->text,
		    "a chunk without a file, an offset and a length");
	c->file = file->text;
	c->at = (uint64_t)at->i;
	c->len = (uint64_t)len->i;
	return 0;
}

/* ------------------------------------------------------------- tensors */

/* Its chunks lie inside of it. That they leave no hole is seen later. */
static int
read_chunks(struct ckpt_file *f, struct torch_dcp *d, const struct ckpt_pickle_node *name,
    const struct ckpt_pickle_node *list, struct torch_dcp_tensor *t)
{
	if (list == NULL || list->type != PK_LIST || list->n == 0)
		return bad(f, name->text, "no chunks");
	if ((d->work += (uint64_t)list->n * list->n) > DCP_WORK)
		return ckpt_fail(f->rd, CKPT_LIMIT, "%.200s: too many chunks",
		    name->text);
	t->first = d->chunks.n / sizeof(struct torch_dcp_chunk);
	t->n = list->n;
	for (size_t i = 0; i < list->n; i++) {
		const struct ckpt_pickle_node *at = attribute(list->item[i], "offsets");
		const struct ckpt_pickle_node *size = attribute(list->item[i], "sizes");
		struct torch_dcp_chunk c = { 0 };

		c.offset = at ? ckpt_torch_numbers(at) : NULL;
		c.size = size ? ckpt_torch_numbers(size) : NULL;
		if (c.offset == NULL || c.size == NULL ||
		    c.offset->n != t->dim->n || c.size->n != t->dim->n)
			return bad(f, name->text, "a chunk without a place");
		for (size_t k = 0; k < t->dim->n; k++) {
			int64_t dim = t->dim->item[k]->i;

			if (c.offset->item[k]->i > dim ||
			    c.size->item[k]->i > dim - c.offset->item[k]->i)
				return bad(f, name->text,
				    "a chunk reaches outside");
		}
		if (find(f, d, name, &c) < 0)
			return -1;
		if (ckpt_buffer_add(&d->chunks, &c, sizeof c) < 0)
			return ckpt_fail_memory(f->rd);
	}
	return 0;
}

/* The dtype, which is the first of a tuple or an attribute. */
static enum ckpt_type
type_of(const struct ckpt_pickle_node *properties)
{
	const struct ckpt_pickle_node *s = properties && properties->type == PK_OBJECT ?
	    properties->item[PK_STATE] : NULL;
	const struct ckpt_pickle_node *x = s && s->type == PK_TUPLE && s->n > 0 ?
	    s->item[0] : properties ? attribute(properties, "dtype") : NULL;

	return x && x->type == PK_GLOBAL ? ckpt_torch_dtype(x->text) : CKPT_OTHER;
}

static int
read_tensor(struct ckpt_file *f, struct torch_dcp *d, const struct ckpt_pickle_node *name,
    const struct ckpt_pickle_node *x)
{
	struct torch_dcp_tensor t = { .name = name->text };
	const struct ckpt_pickle_node *size = attribute(x, "size");
	struct ckpt_tensor shape;

	t.type = type_of(attribute(x, "properties"));
	if (t.type == CKPT_OTHER)
		return bad(f, t.name, "its dtype is not read");
	t.dim = size ? ckpt_torch_numbers(size) : NULL;
	if (t.dim == NULL || t.dim->n > CKPT_RANK)
		return bad(f, t.name, "wanted a size");
	ckpt_dcp_shape(&t, &shape);
	if (ckpt_measure(&shape) < 0)
		return bad(f, t.name, "the shape's product is too large");
	if (read_chunks(f, d, name, attribute(x, "chunks"), &t) < 0)
		return -1;
	return ckpt_buffer_add(&d->tensors, &t, sizeof t) == 0 ? 0 : ckpt_fail_memory(f->rd);
}

static int
by_place(const void *a, const void *b, void *arg)
{
	const struct torch_dcp_chunk *all = (struct torch_dcp_chunk *)
	    ((struct torch_dcp *)arg)->chunks.p;
	const struct torch_dcp_chunk *x = all + ((struct torch_dcp_tensor *)a)->first;
	const struct torch_dcp_chunk *y = all + ((struct torch_dcp_tensor *)b)->first;
	int r = strcmp(x->file, y->file);

	if (r != 0)
		return r;
	return x->at != y->at ? (x->at < y->at ? -1 : 1) :
	    strcmp(((struct torch_dcp_tensor *)a)->name,
	    ((struct torch_dcp_tensor *)b)->name);
}

/* The length of the first part of a dotted name. */
static size_t
first_part(const char *name)
{
	return strcspn(name, ".");
}

static int
read_all(struct ckpt_file *f, struct torch_dcp *d, const struct ckpt_pickle_node *all)
{
	struct torch_dcp_tensor *t;
	size_t part, n, i, left = 0;
	char text[60];

	for (i = 0; i < all->n; i += 2) {
		const struct ckpt_pickle_node *name = all->item[i];

		if (!is_name(name))
			return bad(f, "state_dict_metadata", "no name");
		/* other things than tensors have no chunks */
		if (attribute(all->item[i + 1], "chunks") == NULL ||
		    (!ckpt_wants_all(f->rd) &&
		    ckpt_torch_is_besides(name->text, first_part(name->text)))) {
			left++;
			continue;
		}
		if (read_tensor(f, d, name, all->item[i + 1]) < 0)
			return -1;
	}
	snprintf(text, sizeof text, "%zu entries of training", left);
	if (left > 0 && ckpt_meta(f, "torch.left_out", text) < 0)
		return -1;
	t = (struct torch_dcp_tensor *)d->tensors.p;
	n = d->tensors.n / sizeof *t;
	if (n == 0 || ckpt_wants_all(f->rd))
		return 0;
	part = first_part(t[0].name);
	for (i = 0; i < n && strncmp(t[i].name, t[0].name, part + 1) == 0; i++)
		;
	if (i == n && t[0].name[part] == '.' &&
	    ckpt_torch_is_wrapper(t[0].name, part))
		for (i = 0; i < n; i++)
			t[i].name += part + 1;
	qsort_r(t, n, sizeof *t, by_place, d);
	return 0;
}

static int
open_file(struct ckpt_file *f)
{
	struct torch_dcp *d = calloc(1, sizeof *d);
	const struct ckpt_pickle_node *root, *all, *data;

	f->state = d;
	if (d == NULL)
		return ckpt_fail_memory(f->rd);
	d->folder = -1;
	d->pickle = (struct ckpt_pickle){ .rd = f->rd, .in = f->in,
	    .what = ".metadata" };
	root = ckpt_pickle_read(&d->pickle);
	if (root == NULL)
		return -1;
	all = attribute(root, "state_dict_metadata");
	data = attribute(root, "storage_data");
	if (all == NULL || data == NULL || all->type != PK_DICT ||
	    data->type != PK_DICT)
		return bad(f, ".metadata", "wanted tensors and their places");
	if (read_places(f, d, data) < 0 || read_all(f, d, all) < 0)
		return -1;
	return ckpt_dcp_folder(f, d);
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *out)
{
	struct torch_dcp *d = f->state;

	if (d->nth == d->tensors.n / sizeof(struct torch_dcp_tensor))
		return 0;
	d->now = (struct torch_dcp_tensor *)d->tensors.p + d->nth++;
	ckpt_dcp_shape(d->now, out);
	ckpt_measure(out);
	out->name = d->now->name;
	return 1;
}

static void
close_file(struct ckpt_file *f)
{
	struct torch_dcp *d = f->state;

	if (d == NULL)
		return;
	ckpt_name_map_clear(&d->places, NULL);
	free(d->tensors.p);
	free(d->chunks.p);
	free(d->part.p);
	ckpt_pickle_free(&d->pickle);
	ckpt_dcp_leave(d);
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
