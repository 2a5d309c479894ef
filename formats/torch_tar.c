/*
 * torch_tar.c - the tar format of PyTorch before 0.1.10
 *
 * Its members are, in this order: sys_info; pickle, where a tensor is only a
 * number, as a persistent id; tensors, with storage, shape and strides of each
 * number; storages, with the bytes. Storages that are views of other storages
 * are listed after the bytes, too late for a forward reader. The storages are
 * in the order of their addresses, so they are copied to a temporary file, and
 * read in the order of the pickle.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive_members.h"
#include "torch.h"

struct tar {
	struct torch_reader torch;	/* first */
	struct ckpt_archive *archive;
	struct ckpt_input *in;		/* the current member */
	struct ckpt_input *copy;	/* of the storages */
	struct ckpt_name_map calls;	/* by number of a tensor: node * */
	struct ckpt_name_map ids;	/* by number of a storage: node * */
};

/* The items of a tensor's record, and of a storage's. */
enum { NUMBER, STORAGE, CLASS, ITEMS };

static const char rebuild[] = "torch._utils._rebuild_tensor";

/* Open the next member, which must have that name. */
static int
open_member(struct ckpt_file *f, struct tar *t, const char *name)
{
	struct archive_member m;
	int r = ckpt_archive_next(t->archive, &m);

	if (r < 0)
		return -1;
	if (r == 0)
		return ckpt_fail(f->rd, CKPT_CUT, "cut short: no member %s",
		    name);
	t->in = m.in;
	return strcmp(m.name, name) == 0 ? 0 : ckpt_fail(f->rd,
	    CKPT_UNSUPPORTED, "a member %.200s, wanted %s", m.name, name);
}

static struct ckpt_pickle_node *
read_pickle(struct tar *t, const char *what)
{
	t->torch.pickle.what = what;
	t->torch.pickle.in = t->in;
	return ckpt_pickle_read(&t->torch.pickle);
}

/* The number of records that follow. */
static int
read_count(struct ckpt_file *f, struct tar *t, const char *what, int64_t *n)
{
	const struct ckpt_pickle_node *x = read_pickle(t, what);

	if (x == NULL)
		return -1;
	*n = x->i;
	return x->type == PK_INT && x->i >= 0 ? 0 : ckpt_fail(f->rd, CKPT_BAD,
	    "%s: wanted a count", what);
}

/* A record: a number, an item, and a class. key is the number as text. */
static struct ckpt_pickle_node *
read_record(struct ckpt_file *f, struct tar *t, const char *what,
    char key[24])
{
	struct ckpt_pickle_node *x = read_pickle(t, what);

	if (x == NULL)
		return NULL;
	if (x->type != PK_TUPLE || x->n != ITEMS ||
	    x->item[NUMBER]->type != PK_INT || x->item[NUMBER]->i < 0 ||
	    x->item[CLASS]->type != PK_GLOBAL) {
		ckpt_fail(f->rd, CKPT_BAD, "%s: wanted a record of a "
		    "number, an item and a class", what);
		return NULL;
	}
	snprintf(key, 24, "%" PRId64, x->item[NUMBER]->i);
	return x;
}

/* A tuple of n numbers of 8 bytes. */
static struct ckpt_pickle_node *
read_numbers(struct ckpt_pickle *p, uint32_t n)
{
	struct ckpt_pickle_node *item[CKPT_RANK];
	uint64_t x;

	for (uint32_t i = 0; i < n; i++)
		if (ckpt_pickle_read_number(p, 8, &x) < 0 || (item[i] =
		    ckpt_pickle_new_int(p, PK_INT, (int64_t)x)) == NULL)
			return NULL;
	return ckpt_pickle_new_tuple(p, item, n);
}

/*
 * The persistent id of a storage, as in later formats. The number of its
 * elements is not known yet; here it is as many as its tensors need.
 */
static struct ckpt_pickle_node *
make_storage_id(struct tar *t, const struct ckpt_pickle_node *number,
    struct ckpt_pickle_node *class)
{
	struct ckpt_pickle_node *id;
	char key[24];
	void **old;

	snprintf(key, sizeof key, "%" PRId64, number->i);
	old = ckpt_name_map_find(&t->ids, key);
	if (old)
		return *old;
	id = ckpt_torch_new_storage(&t->torch.pickle, class, key, 0);
	if (id && ckpt_name_map_add(&t->ids, key, id) < 0) {
		ckpt_fail_memory(t->torch.pickle.rd);
		return NULL;
	}
	return id;
}

/* The elements of a storage up to the last one of a tensor; 0 if the tensor is
 * not valid, which ckpt_torch_rebuild_tensor then reports. */
static int64_t
count_elements(const struct ckpt_pickle_node *size,
    const struct ckpt_pickle_node *stride, int64_t offset)
{
	int64_t n, part;

	if (__builtin_add_overflow(offset, 1, &n))
		return 0;
	for (size_t i = 0; i < size->n; i++)
		if (size->item[i]->i <= 0 || stride->item[i]->i < 0 ||
		    __builtin_mul_overflow(size->item[i]->i - 1,
		    stride->item[i]->i, &part) ||
		    __builtin_add_overflow(n, part, &n))
			return 0;
	return n;
}

/* The next tensor, as the call that rebuilds it in later formats. */
static int
read_tensor(struct ckpt_file *f, struct tar *t)
{
	struct ckpt_pickle *p = &t->torch.pickle;
	struct ckpt_pickle_node *x, *args[4], *call = NULL, *len;
	uint64_t rank;
	char key[24];
	int64_t n;
	int r;

	x = read_record(f, t, "tensors", key);
	if (x == NULL || ckpt_pickle_read_number(p, 8, &rank) < 0)
		return -1;
	if (x->item[STORAGE]->type != PK_INT)
		return ckpt_fail(f->rd, CKPT_BAD,
		    "tensors: wanted the number of a storage");
	rank &= UINT32_MAX;		/* the upper four bytes are padding */
	if (rank > CKPT_RANK)
		return ckpt_fail(f->rd, CKPT_LIMIT, "tensors: %" PRIu64
		    " dimensions, at most %d are supported", rank, CKPT_RANK);
	if ((args[0] = make_storage_id(t, x->item[STORAGE], x->item[CLASS])) &&
	    (args[2] = read_numbers(p, (uint32_t)rank)) &&
	    (args[3] = read_numbers(p, (uint32_t)rank)) &&
	    (x = read_numbers(p, 1))) {
		args[1] = x->item[0];
		x = ckpt_pickle_new_tuple(p, args, 4);
		call = x ? ckpt_pickle_new_call(p, ckpt_pickle_new_text(p,
		    PK_GLOBAL, rebuild, sizeof rebuild - 1), x) : NULL;
	}
	if (call == NULL)
		return -1;
	len = args[0]->item[0]->item[4];
	n = count_elements(args[2], args[3], args[1]->i);
	if (n > len->i)
		len->i = n;
	r = ckpt_name_map_add(&t->calls, key, call);
	return r < 0 ? ckpt_fail_memory(p->rd) : r > 0 ? 0 : ckpt_fail(f->rd,
	    CKPT_BAD, "tensors: number %s twice", key);
}

/* Replace the first n persistent ids, numbers of tensors, by the tensors. */
static int
resolve_tensors(struct ckpt_file *f, struct tar *t, size_t n)
{
	struct ckpt_buffer *b = &t->torch.pickle.persistent;
	struct ckpt_pickle_node **ids = (struct ckpt_pickle_node **)b->p;

	for (size_t i = 0; i < n; i++) {
		struct ckpt_pickle_node *x = ids[i], *id = x->item[0];
		const struct ckpt_pickle_node *call;
		char key[24] = "";
		void **found;

		if (id->type == PK_TUPLE && id->n > 0 &&
		    id->item[0]->type == PK_GLOBAL)
			continue;	/* a class, with its source code */
		if (id->type == PK_INT)
			snprintf(key, sizeof key, "%" PRId64, id->i);
		else if (id->type == PK_TEXT)
			snprintf(key, sizeof key, "%s", id->text);
		found = ckpt_name_map_find(&t->calls, key);
		if (found == NULL)
			return ckpt_fail(f->rd, CKPT_BAD,
			    "pickle: tensor \"%s\" is missing", key);
		call = *found;
		x->type = call->type;
		x->n = call->n;
		x->item = call->item;
	}
	b->n -= n * sizeof *ids;
	memmove(ids, ids + n, b->n);
	return 0;
}

/* ------------------------------------------------------------- storages */

/* Read the record of a storage, and find its offset. */
static int
find_storage(struct ckpt_file *f, struct tar *t)
{
	struct torch_reader *torch = &t->torch;
	uint64_t count, size;
	struct torch_storage *s, **found;
	enum ckpt_type type;
	struct ckpt_pickle_node *x;
	char key[24];
	size_t each;

	x = read_record(f, t, "storages", key);
	if (x == NULL ||
	    ckpt_pickle_read_number(&torch->pickle, 8, &count) < 0)
		return -1;
	type = ckpt_torch_storage_type(x->item[CLASS]->text, &each);
	if (each == 0 || count > INT64_MAX / each)
		return ckpt_fail(f->rd, CKPT_BAD, "storage %s: %" PRIu64
		    " elements of %.200s", key, count, x->item[CLASS]->text);
	size = count * each;
	found = (struct torch_storage **)
	    ckpt_name_map_find(&torch->storages, key);
	s = found ? *found : NULL;
	if (s && s->found)
		return ckpt_fail(f->rd, CKPT_BAD, "storage %s twice", key);
	if (s && (s->type != type || size < s->size))
		return ckpt_fail(f->rd, CKPT_BAD, "storage %s: %" PRIu64
		    " bytes of %.200s, wanted %" PRIu64 " of %s", key, size,
		    x->item[CLASS]->text, s->size, ckpt_type_name(s->type));
	if (s) {
		s->size = size;
		s->at = ckpt_input_tell(t->in);
		s->found = true;
	}
	return ckpt_skip(f->rd, t->in, size, "storages");
}

static int
find_storages(struct ckpt_file *f, struct tar *t)
{
	int64_t n;

	t->in = t->copy = ckpt_spool(f->rd, t->in);
	if (t->in == NULL || read_count(f, t, "storages", &n) < 0)
		return -1;
	while (n-- > 0)
		if (find_storage(f, t) < 0)
			return -1;
	return 0;
}

static int
open_storage(struct ckpt_file *f, struct torch_storage *s,
    struct ckpt_input **in)
{
	struct tar *t = f->state;

	*in = t->copy;
	return ckpt_input_seek(t->copy, s->at) < 0 ? ckpt_fail_errno(f->rd) : 0;
}

static int
open_file(struct ckpt_file *f)
{
	struct tar *t = calloc(1, sizeof *t);
	struct ckpt_pickle_node *root;
	int64_t count;
	size_t ids;

	f->state = t;
	if (t == NULL)
		return ckpt_fail_memory(f->rd);
	t->torch.open_storage = open_storage;
	t->torch.seeks = true;
	t->torch.pickle.rd = f->rd;
	t->archive = ckpt_archive_open(f->rd, f->in, ARCHIVE_TAR);
	if (t->archive == NULL)
		return -1;
	if (open_member(f, t, "sys_info") < 0 ||
	    open_member(f, t, "pickle") < 0)
		return -1;
	root = read_pickle(t, "pickle");
	if (root == NULL || open_member(f, t, "tensors") < 0)
		return -1;
	ids = t->torch.pickle.persistent.n / sizeof(struct ckpt_pickle_node *);
	if (read_count(f, t, "tensors", &count) < 0)
		return -1;
	while (count-- > 0)
		if (read_tensor(f, t) < 0)
			return -1;
	if (resolve_tensors(f, t, ids) < 0 ||
	    ckpt_torch_read_state_dict(f, &t->torch, root) < 0 ||
	    ckpt_torch_check_tensors(f, &t->torch) < 0 ||
	    open_member(f, t, "storages") < 0 || find_storages(f, t) < 0)
		return -1;
	return ckpt_torch_find_step(f, &t->torch, root);
}

static bool
probe(const unsigned char *p, size_t n)
{
	return n >= 512 && strcmp((const char *)p, "sys_info") == 0 &&
	    ckpt_archive_is_tar(p, n);
}

static void
close_file(struct ckpt_file *f)
{
	struct tar *t = f->state;

	if (t == NULL)
		return;
	ckpt_torch_free(&t->torch);
	ckpt_archive_close(t->archive);
	ckpt_input_close(t->copy);
	ckpt_name_map_clear(&t->calls, NULL);
	ckpt_name_map_clear(&t->ids, NULL);
	free(t);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_torch_tar = {
	.name = "pytorch-tar",
	.probe = probe,
	.open = open_file,
	.next = ckpt_torch_next,
	.load = ckpt_torch_load,
	.close = close_file,
};
