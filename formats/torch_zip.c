/*
 * torch_zip.c - the zip format of PyTorch since 1.6, and of TorchScript
 *
 * Members are NAME/data.pkl, the checkpoint; NAME/byteorder (optional),
 * "little" or "big"; NAME/data/0 and so on, the storages, usually in this
 * order. Others, such as code, are ignored.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive_members.h"
#include "base/endian.h"
#include "torch.h"

struct zip {
	struct torch_reader torch;	/* first */
	struct ckpt_archive *archive;
	struct archive_member member;	/* the current one */
	char		*top;		/* NAME/ */
	bool		 late;		/* data.pkl comes after storages */
};

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

/* The name of the member without NAME/, or NULL. */
static const char *
strip_top(const struct zip *z)
{
	size_t n = z->top ? strlen(z->top) : 0;

	return z->top && strncmp(z->member.name, z->top, n) == 0 ?
	    z->member.name + n : NULL;
}

static bool
is_pickle(const char *name)
{
	const char *last = strrchr(name, '/');

	return strcmp(last ? last + 1 : name, data_pkl) == 0;
}

static int
read_byteorder(struct ckpt_file *f, struct zip *z)
{
	const unsigned char *p;
	size_t n = 16;
	bool big;

	if (ckpt_input_peek(z->member.in, &p, &n) < 0)
		return ckpt_fail_errno(f->rd);
	big = n == 3 && memcmp(p, "big", 3) == 0;
	if (!big && !(n == 6 && memcmp(p, "little", 6) == 0))
		return ckpt_fail(f->rd, CKPT_BAD,
		    "byteorder: wanted \"little\" or \"big\"");
	if (big != z->torch.big_endian && z->torch.storage)
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED,
		    "byteorder comes after the storages");
	z->torch.big_endian = big;
	return 0;
}

static int
read_pickle(struct ckpt_file *f, struct zip *z)
{
	struct ckpt_pickle *p = &z->torch.pickle;
	const unsigned char *rest;
	struct ckpt_pickle_node *root;
	size_t n = 1;

	z->top = strndup(z->member.name,
	    strlen(z->member.name) - strlen(data_pkl));
	if (z->top == NULL)
		return ckpt_fail_memory(f->rd);
	p->rd = f->rd;
	p->in = z->member.in;
	p->what = data_pkl;
	root = ckpt_pickle_read(p);
	if (root == NULL)
		return -1;
	if (ckpt_input_peek(z->member.in, &rest, &n) < 0)
		return ckpt_fail_errno(f->rd);
	if (n > 0)
		return ckpt_fail(f->rd, CKPT_BAD,
		    "data.pkl: bytes after the pickle");
	return ckpt_torch_read_state_dict(f, &z->torch, root);
}

static int
next_storage(struct ckpt_file *f, struct torch_storage **s,
    struct ckpt_input **in)
{
	struct zip *z = f->state;
	struct torch_storage **found;
	int r;

	while ((r = ckpt_archive_next(z->archive, &z->member)) == 1) {
		const char *name = strip_top(z);

		if (z->late && name && strcmp(name, data_pkl) == 0)
			continue;	/* read before the rewind */
		if (is_pickle(z->member.name))
			return ckpt_fail(f->rd, CKPT_BAD, "two pickles: "
			    "%s%s and %.200s", z->top, data_pkl,
			    z->member.name);
		if (name && strcmp(name, "byteorder") == 0 &&
		    read_byteorder(f, z) < 0)
			return -1;
		if (name == NULL || strncmp(name, "data/", 5) != 0)
			continue;
		found = (struct torch_storage **)
		    ckpt_name_map_find(&z->torch.storages, name + 5);
		if (found == NULL)
			continue;
		if (z->member.size != (*found)->size)
			return ckpt_fail(f->rd, CKPT_BAD, "storage %s: "
			    "%" PRIu64 " bytes, wanted %" PRIu64,
			    (*found)->key, z->member.size, (*found)->size);
		*s = *found;
		*in = z->member.in;
		return 1;
	}
	return r;
}

/*
 * Read data.pkl, and byteorder if it precedes. z->late: there were storages
 * before, as in a zip that was repacked; they need a rewind. 1, 0 if there is
 * no data.pkl, -1.
 */
static int
find_pickle(struct ckpt_file *f, struct zip *z)
{
	int r;

	while ((r = ckpt_archive_next(z->archive, &z->member)) == 1) {
		const char *last = strrchr(z->member.name, '/');

		if (is_pickle(z->member.name))
			return read_pickle(f, z) < 0 ? -1 : 1;
		if (last && strcmp(last, "/byteorder") == 0 &&
		    read_byteorder(f, z) < 0)
			return -1;
		if (strstr(z->member.name, "/data/"))
			z->late = true;
	}
	return r;
}

static int
open_file(struct ckpt_file *f)
{
	struct zip *z = calloc(1, sizeof *z);
	int r;

	f->state = z;
	if (z == NULL)
		return ckpt_fail_memory(f->rd);
	z->torch.next_storage = next_storage;
	z->archive = ckpt_archive_open(f->rd, f->in, ARCHIVE_ZIP);
	if (z->archive == NULL)
		return -1;
	r = find_pickle(f, z);
	if (r == 1 && z->late && ckpt_archive_rewind(z->archive) < 0)
		r = -1;
	return r == 1 ? 0 : r < 0 ? -1 : ckpt_fail(f->rd, CKPT_BAD,
	    "a zip without data.pkl");
}

static void
close_file(struct ckpt_file *f)
{
	struct zip *z = f->state;

	if (z == NULL)
		return;
	ckpt_torch_free(&z->torch);
	ckpt_archive_close(z->archive);
	free(z->top);
	free(z);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_torch_zip = {
	.name = "pytorch",
	.alias = { "torch", "pt", "pth", "bin" },
	.probe = probe,
	.open = open_file,
	.next = ckpt_torch_next,
	.load = ckpt_torch_load,
	.close = close_file,
};
