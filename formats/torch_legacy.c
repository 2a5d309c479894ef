/*
 * torch_legacy.c - the stream format of PyTorch before 1.6
 *
 * Five pickles: a magic number, the version 1001, system information, the
 * checkpoint, and the keys of its storages; then for each key the number of
 * elements (8 bytes) and the elements. As in PyTorch, numbers are
 * little-endian whatever the system information says.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "torch.h"

static const unsigned char magic[] =
    { 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19 };

enum { VERSION = 1001 };

struct legacy {
	struct torch_reader torch;	/* first */
	const struct ckpt_pickle_node *keys;	/* of storages, in order */
	size_t		 nth;		/* the next of them */
	uint64_t	 end;		/* of the current storage */
};

/* The magic number, as any protocol writes it. */
static bool
probe(const unsigned char *p, size_t n)
{
	size_t at = n > 11 && p[2] == 0x95 ? 11 : 2;

	return n >= at + 2 + sizeof magic && p[0] == 0x80 &&
	    p[1] >= 2 && p[1] <= 5 && p[at] == 0x8a &&
	    p[at + 1] == sizeof magic &&
	    memcmp(p + at + 2, magic, sizeof magic) == 0;
}

static struct ckpt_pickle_node *
read_pickle(struct torch_reader *t, const char *what)
{
	t->pickle.what = what;
	return ckpt_pickle_read(&t->pickle);
}

/* Skip the rest of the previous storage. */
static int
skip_storage(struct ckpt_file *f, const struct legacy *l)
{
	char what[64];

	snprintf(what, sizeof what, "storage %s", l->torch.storage->key);
	return ckpt_skip(f->rd, f->in, l->end - ckpt_input_tell(f->in), what);
}

static int
check_end(struct ckpt_file *f)
{
	const unsigned char *p;
	size_t n = 1;

	if (ckpt_input_peek(f->in, &p, &n) < 0)
		return ckpt_fail_errno(f->rd);
	return n == 0 ? 0 : ckpt_fail(f->rd, CKPT_BAD,
	    "bytes after the last storage");
}

static int
next_storage(struct ckpt_file *f, struct torch_storage **s,
    struct ckpt_input **in)
{
	struct legacy *l = f->state;
	const struct ckpt_pickle_node *key;
	struct ckpt_buffer count = { 0 };
	struct torch_storage **found;
	uint64_t n;
	int r;

	if (l->nth > 0 && skip_storage(f, l) < 0)
		return -1;
	if (l->nth == l->keys->n)
		return check_end(f);
	key = l->keys->item[l->nth++];
	found = key->type != PK_TEXT ? NULL : (struct torch_storage **)
	    ckpt_name_map_find(&l->torch.storages, key->text);
	if (found == NULL)
		return ckpt_fail(f->rd, CKPT_BAD, "a storage %.40s that the "
		    "checkpoint does not refer to", key->type == PK_TEXT ?
		    key->text : "?");
	*s = *found;
	r = ckpt_gather(f->rd, f->in, &count, 8, "the length of a storage");
	n = r == 0 ? load_le64(count.p) : 0;
	free(count.p);
	if (r < 0)
		return -1;
	if (n != (*s)->size / (*s)->each)
		return ckpt_fail(f->rd, CKPT_BAD, "storage %s: %" PRIu64
		    " elements, wanted %" PRIu64, (*s)->key, n,
		    (*s)->size / (*s)->each);
	l->end = ckpt_input_tell(f->in) + (*s)->size;
	*in = f->in;
	return 1;
}

static int
open_file(struct ckpt_file *f)
{
	struct legacy *l = calloc(1, sizeof *l);
	struct torch_reader *t = &l->torch;
	struct ckpt_pickle_node *x, *root;

	f->state = l;
	if (l == NULL)
		return ckpt_fail_memory(f->rd);
	t->next_storage = next_storage;
	t->pickle.rd = f->rd;
	t->pickle.in = f->in;
	if (read_pickle(t, "magic number") == NULL)	/* see probe */
		return -1;
	x = read_pickle(t, "version");
	if (x == NULL)
		return -1;
	if (x->type != PK_INT || x->i != VERSION)
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED, "version %" PRId64
		    " of PyTorch's stream format, wanted %d",
		    x->type == PK_INT ? x->i : 0, VERSION);
	if (read_pickle(t, "system information") == NULL)
		return -1;
	root = read_pickle(t, "checkpoint");
	if (root == NULL || ckpt_torch_read_state_dict(f, t, root) < 0)
		return -1;
	l->keys = read_pickle(t, "list of storages");
	if (l->keys == NULL)
		return -1;
	return l->keys->type == PK_LIST ? 0 : ckpt_fail(f->rd, CKPT_BAD,
	    "list of storages: wanted a list");
}

static void
close_file(struct ckpt_file *f)
{
	if (f->state)
		ckpt_torch_free(f->state);
	free(f->state);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_torch_legacy = {
	.name = "pytorch-legacy",
	.probe = probe,
	.open = open_file,
	.next = ckpt_torch_next,
	.load = ckpt_torch_load,
	.close = close_file,
};
