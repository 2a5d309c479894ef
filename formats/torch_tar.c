/*
 * torch_tar.c - PyTorch's tar of before 0.1.10
 *
 * Its members, in this order: sys_info; pickle, where a tensor is only its
 * number, as a persistent id; tensors, which for each number tells storage,
 * shape and strides; storages, with the bytes. Storages that are views of
 * others are told after the bytes, too late for a reader that goes forward.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive_members.h"
#include "torch.h"

struct tar {
	struct torch	 torch;		/* first: the state of the file */
	struct archive	*members;
	struct ckpt_input	*in;		/* the member now read */
	struct ckpt_name_map	 calls;		/* number of a tensor: struct ckpt_pickle_node * */
	struct ckpt_name_map	 ids;		/* number of a storage: struct ckpt_pickle_node * */
	int64_t		 left;		/* storages to come */
	uint64_t	 end;		/* of this one, in the member */
};

/* The parts of a record of a tensor, and of a storage. */
enum { NUMBER, STORAGE, CLASS, PARTS };

static const char maker[] = "torch._utils._rebuild_tensor";

/* Go to the member of that name, which must be the next one. */
static int
member(struct ckpt_file *f, struct tar *t, const char *name)
{
	struct archive_member m;
	int r = ckpt_archive_next(t->members, &m);

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
read_next(struct tar *t, const char *what)
{
	t->torch.pickle.what = what;
	t->torch.pickle.in = t->in;
	return ckpt_pickle_read(&t->torch.pickle);
}

/* How many records follow. */
static int
read_count(struct ckpt_file *f, struct tar *t, const char *what, int64_t *n)
{
	const struct ckpt_pickle_node *x = read_next(t, what);

	if (x == NULL)
		return -1;
	*n = x->i;
	return x->type == PK_INT && x->i >= 0 ? 0 : ckpt_fail(f->rd, CKPT_BAD,
	    "%s: wanted a count", what);
}

/* A record of a number, something, and the name of a class; key gets the
 * number. */
static struct ckpt_pickle_node *
read_record(struct ckpt_file *f, struct tar *t, const char *what,
    char key[24])
{
	struct ckpt_pickle_node *x = read_next(t, what);

	if (x == NULL)
		return NULL;
	if (x->type != PK_TUPLE || x->n != PARTS ||
	    x->item[NUMBER]->type != PK_INT || x->item[NUMBER]->i < 0 ||
	    x->item[CLASS]->type != PK_GLOBAL) {
		ckpt_fail(f->rd, CKPT_BAD, "%s: wanted a number, something "
		    "and a class", what);
		return NULL;
	}
	snprintf(key, 24, "%" PRId64, x->item[NUMBER]->i);
	return x;
}

static struct ckpt_pickle_node *
tuple(struct ckpt_pickle *p, struct ckpt_pickle_node **item, size_t n)
{
	struct ckpt_pickle_node *x = ckpt_pickle_node(p, PK_TUPLE);

	return x && ckpt_pickle_add(p, x, item, n) == 0 ? x : NULL;
}

/* n numbers of 8 bytes as a tuple. */
static struct ckpt_pickle_node *
read_numbers(struct ckpt_pickle *p, uint32_t n)
{
	struct ckpt_pickle_node *item[CKPT_RANK];
	uint64_t x;

	for (uint32_t i = 0; i < n; i++)
		if (ckpt_pickle_number(p, 8, &x) < 0 || (item[i] =
		    ckpt_pickle_int(p, PK_INT, (int64_t)x)) == NULL)
			return NULL;
	return tuple(p, item, n);
}

/*
 * The id of a storage as the later formats have it, made when it is first
 * named. The count of its elements is told last: here it is what its tensors
 * reach to.
 */
static struct ckpt_pickle_node *
storage_id(struct tar *t, const struct ckpt_pickle_node *number, struct ckpt_pickle_node *class)
{
	struct ckpt_pickle *p = &t->torch.pickle;
	char key[24];
	struct ckpt_pickle_node *part[5], *id;
	void **old;

	snprintf(key, sizeof key, "%" PRId64, number->i);
	old = ckpt_name_map_find(&t->ids, key);
	if (old)
		return *old;
	part[0] = ckpt_pickle_text(p, PK_TEXT, "storage", 7);
	part[1] = class;
	part[2] = ckpt_pickle_text(p, PK_TEXT, key, strlen(key));
	part[3] = ckpt_pickle_node(p, PK_NONE);
	part[4] = ckpt_pickle_int(p, PK_INT, 0);
	if (!part[0] || !part[2] || !part[3] || !part[4])
		return NULL;
	id = ckpt_pickle_node(p, PK_PERSISTENT);
	part[0] = tuple(p, part, 5);
	if (id == NULL || part[0] == NULL || ckpt_pickle_add(p, id, part, 1) < 0)
		return NULL;
	if (ckpt_name_map_add(&t->ids, key, id) < 0 ||
	    ckpt_buffer_add(&p->persistent, &id, sizeof id) < 0) {
		ckpt_fail_memory(p->rd);
		return NULL;
	}
	return id;
}

/* Elements up to the last that a tensor has; 0 where that is absurd, which
 * ckpt_torch_view then finds. */
static int64_t
reach(const struct ckpt_pickle_node *size, const struct ckpt_pickle_node *stride, int64_t offset)
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

/* The next tensor, as the call that later formats have for it. */
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
	if (x == NULL || ckpt_pickle_number(p, 8, &rank) < 0)
		return -1;
	if (x->item[STORAGE]->type != PK_INT)
		return ckpt_fail(f->rd, CKPT_BAD,
		    "tensors: wanted the number of a storage");
	rank &= UINT32_MAX;		/* the other four bytes are not used */
	if (rank > CKPT_RANK)
		return ckpt_fail(f->rd, CKPT_LIMIT, "tensors: %" PRIu64
		    " dimensions, at most %d are read", rank, CKPT_RANK);
	if ((args[0] = storage_id(t, x->item[STORAGE], x->item[CLASS])) &&
	    (args[2] = read_numbers(p, (uint32_t)rank)) &&
	    (args[3] = read_numbers(p, (uint32_t)rank)) &&
	    (x = read_numbers(p, 1))) {
		args[1] = x->item[0];
		x = tuple(p, args, 4);
		call = x ? ckpt_pickle_call(p, ckpt_pickle_text(p, PK_GLOBAL, maker,
		    sizeof maker - 1), x) : NULL;
	}
	if (call == NULL)
		return -1;
	len = args[0]->item[0]->item[4];
	n = reach(args[2], args[3], args[1]->i);
	if (n > len->i)
		len->i = n;
	r = ckpt_name_map_add(&t->calls, key, call);
	return r < 0 ? ckpt_fail_memory(p->rd) : r > 0 ? 0 : ckpt_fail(f->rd,
	    CKPT_BAD, "tensors: number %s twice", key);
}

/* Put the tensors where the checkpoint has their numbers; n ids. */
static int
resolve(struct ckpt_file *f, struct tar *t, size_t n)
{
	struct ckpt_buffer *b = &t->torch.pickle.persistent;

	for (size_t i = 0; i < n; i++) {
		struct ckpt_pickle_node *x = ((struct ckpt_pickle_node **)b->p)[i], *id = x->item[0];
		const struct ckpt_pickle_node *call;
		char key[24] = "";
		void **found;

		if (id->type == PK_TUPLE && id->n > 0 &&
		    id->item[0]->type == PK_GLOBAL)
			continue;	/* a class and its source */
		if (id->type == PK_INT)
			snprintf(key, sizeof key, "%" PRId64, id->i);
		else if (id->type == PK_TEXT)
			snprintf(key, sizeof key, "%s", id->text);
		found = ckpt_name_map_find(&t->calls, key);
		if (found == NULL)
			return ckpt_fail(f->rd, CKPT_BAD,
			    "pickle: a tensor %s that is not there", key);
		call = *found;
		x->type = call->type;
		x->n = call->n;
		x->item = call->item;
	}
	b->n -= n * sizeof(struct ckpt_pickle_node *);
	memmove(b->p, b->p + n * sizeof(struct ckpt_pickle_node *), b->n);
	return 0;
}

/* ------------------------------------------------------------- storages */

static int
storage_next(struct ckpt_file *f, struct torch_storage **s, struct ckpt_input **in)
{
	struct tar *t = f->state;
	struct torch *torch = &t->torch;

	for (;;) {
		uint64_t count, size;
		struct torch_storage **found;
		enum ckpt_type type;
		struct ckpt_pickle_node *x;
		char key[24];
		size_t each;

		if (ckpt_skip(f->rd, t->in, t->end - ckpt_input_tell(t->in),
		    "storages") < 0)
			return -1;
		if (t->left-- == 0)
			return 0;
		x = read_record(f, t, "storages", key);
		if (x == NULL || ckpt_pickle_number(&torch->pickle, 8, &count) < 0)
			return -1;
		type = ckpt_torch_storage_type(x->item[CLASS]->text, &each);
		if (each == 0 || count > INT64_MAX / each)
			return ckpt_fail(f->rd, CKPT_BAD, "storage %s: %" PRIu64
			    " elements of %.200s", key, count,
			    x->item[CLASS]->text);
		size = count * each;
		t->end = ckpt_input_tell(t->in) + size;
		found = (struct torch_storage **)
		    ckpt_name_map_find(&torch->storage, key);
		if (found == NULL)
			continue;
		*s = *found;
		if ((*s)->type != type || size < (*s)->size)
			return ckpt_fail(f->rd, CKPT_BAD, "storage %s: %" PRIu64
			    " bytes of %.200s, wanted %" PRIu64 " of %s", key,
			    size, x->item[CLASS]->text, (*s)->size,
			    ckpt_type_name((*s)->type));
		(*s)->size = size;
		*in = t->in;
		return 1;
	}
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
	t->torch.storage_next = storage_next;
	t->torch.pickle.rd = f->rd;
	t->members = ckpt_archive_open(f->rd, f->in, ARCHIVE_TAR);
	if (t->members == NULL)
		return -1;
	if (member(f, t, "sys_info") < 0 || member(f, t, "pickle") < 0)
		return -1;
	root = read_next(t, "pickle");
	if (root == NULL || member(f, t, "tensors") < 0)
		return -1;
	ids = t->torch.pickle.persistent.n / sizeof(struct ckpt_pickle_node *);
	if (read_count(f, t, "tensors", &count) < 0)
		return -1;
	while (count-- > 0)
		if (read_tensor(f, t) < 0)
			return -1;
	if (resolve(f, t, ids) < 0 || ckpt_torch_state_dict(f, &t->torch, root) < 0 ||
	    member(f, t, "storages") < 0 ||
	    read_count(f, t, "storages", &t->left) < 0)
		return -1;
	t->end = ckpt_input_tell(t->in);
	return 0;
}

static bool
probe(const unsigned char *p, size_t n)
{
	return n >= 512 && strcmp((const char *)p, "sys_info") == 0 &&
	    memcmp(p + 257, "ustar", 5) == 0;
}

static void
close_file(struct ckpt_file *f)
{
	struct tar *t = f->state;

	if (t == NULL)
		return;
	ckpt_torch_free(&t->torch);
	ckpt_archive_close(t->members);
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
