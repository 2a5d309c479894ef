/*
 * torch_legacy.c - the stream format of PyTorch before 1.6
 *
 * Five pickles: a magic number, the version 1001, system information, the
 * checkpoint, and the keys of its storages; then for each key the number of
 * elements (8 bytes) and the elements. As in PyTorch, numbers are
 * little-endian whatever the system information says.
 *
 * The keys are addresses of memory, sorted as text, so that the storages are in
 * any order. From a pipe, they are copied to a temporary file unless the
 * tensors happen to be in that order.
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
	struct ckpt_input *in;		/* the file, or */
	struct ckpt_input *copy;	/* its storages, copied from a pipe */
	const struct ckpt_pickle_node *keys;	/* of storages, in order */
	size_t		 nth;		/* from a pipe: the next of them */
	uint64_t	 end;		/* from a pipe: of the last one read */
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

static int
check_end(struct ckpt_file *f, struct ckpt_input *in)
{
	const unsigned char *p;
	size_t n = 1;

	if (ckpt_input_peek(in, &p, &n) < 0)
		return ckpt_fail_errno(f->rd);
	return n == 0 ? 0 : ckpt_fail(f->rd, CKPT_BAD,
	    "bytes after the last storage");
}

/* -------------------------------------------------------------- storages */

static struct torch_storage *
get_storage(const struct legacy *l, size_t i)
{
	return *ckpt_name_map_find(&l->torch.storages,
	    l->keys->item[i]->text);
}

/* Give each storage its place in the list of keys, in s->at. */
static int
number_storages(struct ckpt_file *f, struct legacy *l)
{
	for (size_t i = 0; i < l->keys->n; i++) {
		const struct ckpt_pickle_node *key = l->keys->item[i];
		struct torch_storage *s;

		if (key->type != PK_TEXT || ckpt_name_map_find(
		    &l->torch.storages, key->text) == NULL)
			return ckpt_fail(f->rd, CKPT_BAD, "a storage %.40s "
			    "that the checkpoint does not refer to",
			    key->type == PK_TEXT ? key->text : "?");
		s = get_storage(l, i);
		if (s->found)
			return ckpt_fail(f->rd, CKPT_BAD, "storage %s twice",
			    s->key);
		if (s->each == 0)
			return ckpt_fail(f->rd, CKPT_UNSUPPORTED, "storage %s: "
			    "unknown class %.200s", s->key, s->class);
		s->found = true;
		s->at = i;
	}
	return 0;
}

/* Read the number of elements before a storage. */
static int
read_length(struct ckpt_file *f, struct ckpt_input *in,
    const struct torch_storage *s)
{
	struct ckpt_buffer count = { 0 };
	int r = ckpt_gather(f->rd, in, &count, 8, "the length of a storage");
	uint64_t n = r == 0 ? load_le64(count.p) : 0;

	free(count.p);
	return r < 0 || n == s->size / s->each ? r : ckpt_fail(f->rd, CKPT_BAD,
	    "storage %s: %" PRIu64 " elements, wanted %" PRIu64, s->key, n,
	    s->size / s->each);
}

static int
skip_storage(struct ckpt_file *f, struct ckpt_input *in,
    const struct torch_storage *s, uint64_t n)
{
	char what[64];

	snprintf(what, sizeof what, "storage %s", s->key);
	return ckpt_skip(f->rd, in, n, what);
}

/* Find the offset of each storage in a file that can seek. */
static int
find_storages(struct ckpt_file *f, struct legacy *l)
{
	for (size_t i = 0; i < l->keys->n; i++) {
		struct torch_storage *s = get_storage(l, i);

		if (read_length(f, l->in, s) < 0)
			return -1;
		s->at = ckpt_input_tell(l->in);
		if (skip_storage(f, l->in, s, s->size) < 0)
			return -1;
	}
	return check_end(f, l->in);
}

static int
seek_storage(struct ckpt_file *f, struct torch_storage *s,
    struct ckpt_input **in)
{
	struct legacy *l = f->state;

	*in = l->in;
	return ckpt_input_seek(l->in, s->at) < 0 ? ckpt_fail_errno(f->rd) : 0;
}

/* ----------------------------------------------------------------- pipes */

/* Whether the tensors need the storages only once, in their order. */
static bool
is_ordered(const struct torch_reader *t)
{
	const struct torch_tensor *v = (struct torch_tensor *)t->tensors.p;
	const struct torch_storage *last = NULL;

	for (size_t i = 0; i < t->tensors.n / sizeof *v; i++) {
		const struct torch_storage *s = v[i].storage;

		if (s == NULL || s == last)
			continue;
		if (last && s->found && s->at < last->at)
			return false;
		last = s;
	}
	return true;
}

/* Skip the storages before the i-th; i may be their number. */
static int
skip_storages(struct ckpt_file *f, struct legacy *l, size_t i)
{
	while (l->nth < i) {
		const struct torch_storage *s = get_storage(l, l->nth);

		if (l->end == 0) {
			if (read_length(f, l->in, s) < 0)
				return -1;
			l->end = ckpt_input_tell(l->in) + s->size;
		}
		if (skip_storage(f, l->in, s, l->end -
		    ckpt_input_tell(l->in)) < 0)
			return -1;
		l->end = 0;
		l->nth++;
	}
	return 0;
}

static int
reach_storage(struct ckpt_file *f, struct torch_storage *s,
    struct ckpt_input **in)
{
	struct legacy *l = f->state;

	*in = l->in;
	if (skip_storages(f, l, s->at) < 0 || read_length(f, l->in, s) < 0)
		return -1;
	l->end = ckpt_input_tell(l->in) + s->size;
	return 0;
}

static int
end_pipe(struct ckpt_file *f)
{
	struct legacy *l = f->state;

	return skip_storages(f, l, l->keys->n) < 0 ? -1 :
	    check_end(f, l->in);
}

/* Choose how the storages are reached. */
static int
place_storages(struct ckpt_file *f, struct legacy *l,
    const struct ckpt_pickle_node *root)
{
	struct torch_reader *t = &l->torch;

	if (number_storages(f, l) < 0)
		return -1;
	if (ckpt_input_size(f->in) == UINT64_MAX && is_ordered(t) &&
	    !ckpt_torch_has_step_tensor(root)) {
		t->open_storage = reach_storage;
		t->end = end_pipe;
		return 0;
	}
	t->open_storage = seek_storage;
	t->seeks = true;
	if (ckpt_input_size(f->in) == UINT64_MAX)
		l->in = l->copy = ckpt_spool(f->rd, f->in);
	return l->in ? find_storages(f, l) : -1;
}

/* ------------------------------------------------------------------ file */

static int
open_file(struct ckpt_file *f)
{
	struct legacy *l = calloc(1, sizeof *l);
	struct torch_reader *t = &l->torch;
	struct ckpt_pickle_node *x, *root;

	f->state = l;
	if (l == NULL)
		return ckpt_fail_memory(f->rd);
	l->in = f->in;
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
	if (l->keys->type != PK_LIST)
		return ckpt_fail(f->rd, CKPT_BAD,
		    "list of storages: wanted a list");
	return ckpt_torch_check_tensors(f, t) < 0 ||
	    place_storages(f, l, root) < 0 ||
	    ckpt_torch_find_step(f, t, root) < 0 ? -1 : 0;
}

static void
close_file(struct ckpt_file *f)
{
	struct legacy *l = f->state;

	if (l == NULL)
		return;
	ckpt_torch_free(&l->torch);
	ckpt_input_close(l->copy);
	free(l);
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
