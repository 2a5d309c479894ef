/*
 * torch_zip.c - PyTorch's zip, of 1.6 and later, and TorchScript's
 *
 * Members NAME/data.pkl, the checkpoint; NAME/byteorder (not in all), "little"
 * or "big"; NAME/data/0 and so on, the storages. Others are of no interest,
 * code among them. They are read in the order of the file, which is this one.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive_members.h"
#include "torch.h"

struct zip {
	struct torch	 torch;		/* first: the state of the file */
	struct archive	*members;
	struct archive_member	 now;
	char		*top;		/* NAME/ */
	bool		 late;		/* data.pkl came after storages */
};

static const char data_pkl[] = "data.pkl";

/* The name of the first member tells, in its local header. */
static bool
probe(const unsigned char *p, size_t n)
{
	static const char *const ends[] = { "/data.pkl", "/version",
	    "/byteorder", "/.format_version", "/.storage_alignment" };
	size_t len = n > 30 ? p[26] | p[27] << 8 : 0;

	if (len == 0 || len > n - 30 || memcmp(p, "PK\3\4", 4) != 0)
		return false;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (len > strlen(ends[i]) && memcmp(p + 30 + len -
		    strlen(ends[i]), ends[i], strlen(ends[i])) == 0)
			return true;
	return memmem(p + 30, len, "/data/", 6) != NULL;
}

/* What follows NAME/ in the name of the member, or NULL. */
static const char *
below(const struct zip *z)
{
	return z->top && strncmp(z->now.name, z->top, strlen(z->top)) == 0 ?
	    z->now.name + strlen(z->top) : NULL;
}

static bool
is_pickle(const char *name)
{
	const char *last = strrchr(name, '/');

	return strcmp(last ? last + 1 : name, data_pkl) == 0;
}

static int
read_order(struct ckpt_file *f, struct zip *z)
{
	const unsigned char *p;
	size_t n = 16;
	bool big;

	if (ckpt_input_peek(z->now.in, &p, &n) < 0)
		return ckpt_fail_errno(f->rd);
	big = n == 3 && memcmp(p, "big", 3) == 0;
	if (!big && !(n == 6 && memcmp(p, "little", 6) == 0))
		return ckpt_fail(f->rd, CKPT_BAD,
		    "byteorder: wanted \"little\" or \"big\"");
	if (big != z->torch.swap && z->torch.now)
		return ckpt_fail(f->rd, CKPT_UNSUPPORTED,
		    "byteorder comes after the storages");
	z->torch.swap = big;
	return 0;
}

static int
read_pickle(struct ckpt_file *f, struct zip *z)
{
	struct ckpt_pickle *p = &z->torch.pickle;
	const unsigned char *rest;
	struct ckpt_pickle_node *root;
	size_t n = 1;

	z->top = strndup(z->now.name, strlen(z->now.name) - strlen(data_pkl));
	if (z->top == NULL)
		return ckpt_fail_memory(f->rd);
	p->rd = f->rd;
	p->in = z->now.in;
	p->what = data_pkl;
	root = ckpt_pickle_read(p);
	if (root == NULL)
		return -1;
	if (ckpt_input_peek(z->now.in, &rest, &n) < 0)
		return ckpt_fail_errno(f->rd);
	if (n > 0)
		return ckpt_fail(f->rd, CKPT_BAD,
		    "data.pkl: bytes after the pickle");
	return ckpt_torch_state_dict(f, &z->torch, root);
}

static int
storage_next(struct ckpt_file *f, struct torch_storage **s, struct ckpt_input **in)
{
	struct zip *z = f->state;
	struct torch_storage **found;
	int r;

	while ((r = ckpt_archive_next(z->members, &z->now)) == 1) {
		const char *name = below(z);

		if (z->late && name && strcmp(name, data_pkl) == 0)
			continue;	/* that one again */
		if (is_pickle(z->now.name))
			return ckpt_fail(f->rd, CKPT_BAD, "two pickles: "
			    "%s%s and %.200s", z->top, data_pkl, z->now.name);
		if (name && strcmp(name, "byteorder") == 0 &&
		    read_order(f, z) < 0)
			return -1;
		if (name == NULL || strncmp(name, "data/", 5) != 0)
			continue;
		found = (struct torch_storage **)
		    ckpt_name_map_find(&z->torch.storage, name + 5);
		if (found == NULL)
			continue;
		if (z->now.size != (*found)->size)
			return ckpt_fail(f->rd, CKPT_BAD, "storage %s: "
			    "%" PRIu64 " bytes, wanted %" PRIu64,
			    (*found)->key, z->now.size, (*found)->size);
		*s = *found;
		*in = z->now.in;
		return 1;
	}
	return r;
}

/*
 * Read the checkpoint, and the order of bytes if it is told before. Where a
 * zip was packed anew the storages may come first: then back to the start,
 * with z->late. 1, 0 if there is none, -1.
 */
static int
find_pickle(struct ckpt_file *f, struct zip *z)
{
	int r;

	while ((r = ckpt_archive_next(z->members, &z->now)) == 1) {
		const char *last = strrchr(z->now.name, '/');

		if (is_pickle(z->now.name))
			return read_pickle(f, z) < 0 ? -1 : 1;
		if (last && strcmp(last, "/byteorder") == 0 &&
		    read_order(f, z) < 0)
			return -1;
		if (strstr(z->now.name, "/data/"))
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
	z->torch.storage_next = storage_next;
	z->members = ckpt_archive_open(f->rd, f->in, ARCHIVE_ZIP);
	if (z->members == NULL)
		return -1;
	r = find_pickle(f, z);
	if (r == 1 && z->late && ckpt_archive_rewind(z->members) < 0)
		r = -1;
	return r == 1 ? 0 : r < 0 ? -1 : ckpt_fail(f->rd, CKPT_BAD,
	    "no data.pkl in it");
}

static void
close_file(struct ckpt_file *f)
{
	struct zip *z = f->state;

	if (z == NULL)
		return;
	ckpt_torch_free(&z->torch);
	ckpt_archive_close(z->members);
	free(z->top);
	free(z);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_torch_zip = {
	.name = "pytorch",
	.probe = probe,
	.open = open_file,
	.next = ckpt_torch_next,
	.load = ckpt_torch_load,
	.close = close_file,
};
