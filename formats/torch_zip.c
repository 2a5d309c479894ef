/*
 * torch_zip.c - the zip format of PyTorch since 1.6, and of TorchScript
 *
 * Members are NAME/data.pkl, the checkpoint; NAME/byteorder (optional),
 * "little" or "big"; NAME/data/0 and so on, the storages. TorchScript has
 * NAME/constants.pkl too, a tuple of tensors whose storages are
 * NAME/constants/0 and so on. Others, such as code, are ignored. torch_export.c
 * reads what torch.export writes, which has no pickle.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "torch_zip.h"

static const char data_pkl[] = "data.pkl";

/* By the name of the first member, in its local header. */
static bool
probe(const unsigned char *p, size_t n)
{
	static const char *const ends[] = { "/data.pkl", "/version",
	    "/byteorder", "/.format_version", "/.storage_alignment" };
	size_t len = n > 30 ? load_le16(p + 26) : 0;

	if (len == 0 || len > n - 30 || memcmp(p, "PK\3\4", 4) != 0)
		return false;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (len > strlen(ends[i]) && memcmp(p + 30 + len -
		    strlen(ends[i]), ends[i], strlen(ends[i])) == 0)
			return true;
	return memmem(p + 30, len, "/data/", 6) != NULL;
}

/* --------------------------------------------------------------- members */

/* The first data.pkl in any folder, from the i-th member on. */
static const struct ckpt_zip_entry *
find_pickle(const struct ckpt_zip *zip, size_t i)
{
	const struct ckpt_zip_entry *e;
	const char *slash;

	for (; (e = ckpt_zip_entry(zip, i)); i++) {
		slash = strrchr(e->name, '/');
		if (strcmp(slash ? slash + 1 : e->name, data_pkl) == 0)
			break;
	}
	return e;
}

/* By the directory: other programs may have packed the zip again. */
static int
probe_file(struct ckpt_rd *rd, struct ckpt_input *in)
{
	const unsigned char *p;
	size_t n = 4;
	struct ckpt_zip *zip;
	int found;

	if (ckpt_input_peek(in, &p, &n) < 0)
		return ckpt_fail_errno(rd);
	if (n < 4 || memcmp(p, "PK\3\4", 4) != 0)
		return 0;
	zip = ckpt_zip_open(rd, in);
	found = zip ? find_pickle(zip, 0) || ckpt_torch_find_export(zip) :
	    -1;
	ckpt_zip_close(zip);
	return found;
}

const struct ckpt_zip_entry *
ckpt_torch_zip_find(const struct torch_zip *z, const char *name)
{
	const struct ckpt_zip_entry *e;
	char *path;

	if (asprintf(&path, "%s%s", z->top, name) < 0)
		return NULL;
	e = ckpt_zip_find(z->zip, path);
	free(path);
	return e;
}

struct ckpt_input *
ckpt_torch_zip_open(struct ckpt_file *f, struct torch_zip *z,
    const struct ckpt_zip_entry *e)
{
	struct ckpt_input *in;

	ckpt_zip_member_close(z->member);
	z->member = ckpt_zip_member_open(f->rd, z->in, e, &in);
	return z->member ? in : NULL;
}

int
ckpt_torch_read_byteorder(struct ckpt_file *f, struct torch_zip *z)
{
	const struct ckpt_zip_entry *e = ckpt_torch_zip_find(z, "byteorder");
	struct ckpt_input *in;
	const unsigned char *p;
	size_t n = 16;

	if (e == NULL)
		return 0;
	in = ckpt_torch_zip_open(f, z, e);
	if (in == NULL)
		return -1;
	if (ckpt_input_peek(in, &p, &n) < 0)
		return ckpt_fail_errno(f->rd);
	z->torch.big_endian = n == 3 && memcmp(p, "big", 3) == 0;
	return z->torch.big_endian || (n == 6 && memcmp(p, "little", 6) == 0) ?
	    0 : ckpt_fail(f->rd, CKPT_BAD,
	    "byteorder: wanted \"little\" or \"big\"");
}

static struct ckpt_pickle_node *
read_pickle(struct ckpt_file *f, struct torch_zip *z,
    const struct ckpt_zip_entry *e, const char *what)
{
	struct ckpt_pickle *p = &z->torch.pickle;
	struct ckpt_pickle_node *root;
	const unsigned char *rest;
	size_t n = 1;

	p->rd = f->rd;
	p->in = ckpt_torch_zip_open(f, z, e);
	p->what = what;
	root = p->in ? ckpt_pickle_read(p) : NULL;
	if (root == NULL)
		return NULL;
	if (ckpt_input_peek(p->in, &rest, &n) < 0)
		ckpt_fail_errno(f->rd);
	else if (n > 0)
		ckpt_fail(f->rd, CKPT_BAD, "%s: bytes after the pickle", what);
	else
		return root;
	return NULL;
}

/* -------------------------------------------------------------- storages */

static const struct ckpt_zip_entry *
find_storage(const struct torch_zip *z, const struct torch_storage *s)
{
	char name[CKPT_NAME + 128];

	snprintf(name, sizeof name, "%s%s", strchr(s->key, '/') ? "" :
	    "data/", s->key);
	return ckpt_torch_zip_find(z, name);
}

static int
open_storage(struct ckpt_file *f, struct torch_storage *s,
    struct ckpt_input **in)
{
	struct torch_zip *z = f->state;

	*in = ckpt_torch_zip_open(f, z, ckpt_zip_entry(z->zip, s->at));
	return *in ? 0 : -1;
}

static int
place_storage(struct ckpt_file *f, struct torch_zip *z,
    struct torch_storage *s, const struct ckpt_zip_entry *e)
{
	if (s->found || e == NULL)
		return 0;
	if (s->each > 0 && e->size != s->size)
		return ckpt_fail(f->rd, CKPT_BAD, "storage %s: %" PRIu64
		    " bytes, wanted %" PRIu64, s->key, e->size, s->size);
	s->at = (uint64_t)(e - ckpt_zip_entry(z->zip, 0));
	s->found = true;
	return 0;
}

int
ckpt_torch_find_storages(struct ckpt_file *f, struct torch_zip *z)
{
	const struct ckpt_buffer *ids = &z->torch.pickle.persistent;
	struct ckpt_pickle_node **x = (struct ckpt_pickle_node **)ids->p;
	const struct ckpt_zip_entry *e;
	size_t n = strlen(z->top);

	for (size_t i = 0; i < ids->n / sizeof *x; i++) {
		uint64_t offset, size;
		struct torch_storage *s =
		    ckpt_torch_find_storage(&z->torch, x[i], &offset, &size);

		if (s && place_storage(f, z, s, find_storage(z, s)) < 0)
			return -1;
	}
	for (size_t i = 0; (e = ckpt_zip_entry(z->zip, i)); i++)
		if (strncmp(e->name, z->top, n) == 0 && strncmp(e->name + n,
		    "data/", 5) == 0 && strchr(e->name + n + 5, '/') == NULL &&
		    ckpt_name_map_find(&z->torch.storages, e->name + n + 5) ==
		    NULL && ckpt_leave_out(f, e->name,
		    "not named by data.pkl") < 0)
			return -1;
	return 0;
}

/* ------------------------------------------------------------- constants */

/* TorchScript's constants: the keys of their storages get another folder. */
static int
read_constants(struct ckpt_file *f, struct torch_zip *z)
{
	struct ckpt_pickle *p = &z->torch.pickle;
	const struct ckpt_zip_entry *e =
	    ckpt_torch_zip_find(z, "constants.pkl");
	size_t n = p->persistent.n / sizeof(struct ckpt_pickle_node *);
	struct ckpt_pickle_node *root, **x;

	if (e == NULL)
		return 0;
	root = read_pickle(f, z, e, "constants.pkl");
	if (root == NULL)
		return -1;
	x = (struct ckpt_pickle_node **)p->persistent.p;
	for (; n < p->persistent.n / sizeof *x; n++) {
		enum { KEY = 2 };
		struct ckpt_pickle_node *id = x[n]->item[0];
		char key[64];

		if (id->type != PK_TUPLE || id->n <= KEY ||
		    id->item[KEY]->type != PK_TEXT ||
		    strchr(id->item[KEY]->text, '/'))
			continue;
		snprintf(key, sizeof key, "constants/%.40s",
		    id->item[KEY]->text);
		id->item[KEY] = ckpt_pickle_new_text(p, PK_TEXT, key,
		    strlen(key));
		if (id->item[KEY] == NULL)
			return -1;
	}
	return ckpt_torch_read_constants(f, &z->torch, root);
}

/* ------------------------------------------------------------------ file */

/* Read the only pickle, and what it refers to. */
static int
read_checkpoint(struct ckpt_file *f, struct torch_zip *z,
    const struct ckpt_zip_entry *e)
{
	const struct ckpt_zip_entry *other = find_pickle(z->zip,
	    (size_t)(e - ckpt_zip_entry(z->zip, 0)) + 1);
	struct ckpt_pickle_node *root;

	if (other)
		return ckpt_fail(f->rd, CKPT_BAD, "two pickles: %.200s and "
		    "%.200s", e->name, other->name);
	z->top = strndup(e->name, strlen(e->name) - strlen(data_pkl));
	if (z->top == NULL)
		return ckpt_fail_memory(f->rd);
	if (ckpt_torch_read_byteorder(f, z) < 0)
		return -1;
	root = read_pickle(f, z, e, data_pkl);
	return root == NULL ||
	    ckpt_torch_read_state_dict(f, &z->torch, root) < 0 ||
	    read_constants(f, z) < 0 ||
	    ckpt_torch_check_tensors(f, &z->torch) < 0 ||
	    ckpt_torch_find_storages(f, z) < 0 ||
	    ckpt_torch_find_step(f, &z->torch, root) < 0 ? -1 : 0;
}

static int
open_file(struct ckpt_file *f)
{
	struct torch_zip *z = calloc(1, sizeof *z);
	const struct ckpt_zip_entry *e;

	f->state = z;
	if (z == NULL)
		return ckpt_fail_memory(f->rd);
	z->torch.open_storage = open_storage;
	z->in = f->in;
	if (ckpt_input_size(f->in) == UINT64_MAX)
		z->in = z->copy = ckpt_spool(f->rd, f->in);
	z->zip = z->in ? ckpt_zip_open(f->rd, z->in) : NULL;
	if (z->zip == NULL)
		return -1;
	if ((e = find_pickle(z->zip, 0)))
		return read_checkpoint(f, z, e);
	if (ckpt_torch_find_export(z->zip))
		return ckpt_torch_read_export(f, z);
	return ckpt_fail(f->rd, CKPT_BAD, "a zip without data.pkl");
}

static void
close_file(struct ckpt_file *f)
{
	struct torch_zip *z = f->state;

	if (z == NULL)
		return;
	ckpt_torch_free(&z->torch);
	ckpt_zip_member_close(z->member);
	ckpt_zip_close(z->zip);
	ckpt_input_close(z->copy);
	free(z->top);
	free(z);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_torch_zip = {
	.name = "pytorch",
	.alias = { "torch", "pt", "pth", "bin" },
	.probe = probe,
	.probe_file = probe_file,
	.open = open_file,
	.next = ckpt_torch_next,
	.load = ckpt_torch_load,
	.close = close_file,
	.create = ckpt_torch_create,
	.put = ckpt_torch_put,
	.tie = ckpt_torch_tie,
	.finish = ckpt_torch_finish,
	.abandon = ckpt_torch_abandon,
};
