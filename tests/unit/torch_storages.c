/*
 * torch_storages.c - every byte of a PyTorch file is accounted for
 *
 * The storages are read here without the tensors that use them. Each must be
 * among the tensors that are given, or among those that --all gives; or else
 * something was listed only, or reported as left out.
 */
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "formats.h"
#include "tap.h"
#include "torch.h"
#include "zip_member.h"

enum { STORAGES = 4096, TENSORS = 8192 };

struct bytes { char *p; size_t n; };

struct tensors {
	struct bytes	 t[TENSORS];
	size_t		 n;
	size_t		 listed;	/* that cannot be read */
	uint64_t	 left_out;	/* as reported */
};

static struct bytes storage[STORAGES];
static size_t storages;

static void
add_storage(struct ckpt_rd *rd, struct ckpt_input *in, uint64_t n)
{
	struct ckpt_buffer b = { 0 };

	if (storages == STORAGES || ckpt_gather(rd, in, &b, n, "storage") < 0)
		abort();
	storage[storages++] = (struct bytes){ (char *)b.p, b.n };
}

/* ---------------------------------------------------------- the storages */

static bool
is_storage(const char *name)
{
	static const char *const folder[] = { "/data/", "/constants/",
	    "/data/weights/weight_", "/data/constants/tensor_" };

	for (size_t i = 0; i < 4; i++) {
		const char *p = strstr(name, folder[i]);

		if (p && p[strlen(folder[i])] && strspn(p + strlen(folder[i]),
		    "0123456789") == strlen(p + strlen(folder[i])))
			return true;
	}
	return false;
}

static void
read_zip(struct ckpt_rd *rd, struct ckpt_input *in)
{
	struct ckpt_zip *zip = ckpt_zip_open(rd, in);
	const struct ckpt_zip_entry *e;

	for (size_t i = 0; zip && (e = ckpt_zip_entry(zip, i)); i++) {
		struct ckpt_input *bytes;
		struct ckpt_zip_member *m;

		if (!is_storage(e->name))
			continue;
		m = ckpt_zip_member_open(rd, in, e, &bytes);
		if (m)
			add_storage(rd, bytes, e->size);
		ckpt_zip_member_close(m);
	}
	ckpt_zip_close(zip);
}

/* Five pickles; then a number of elements and the elements of each key. */
static void
read_legacy(struct ckpt_rd *rd, struct ckpt_input *in)
{
	struct ckpt_pickle p = { .rd = rd, .in = in, .what = "pickle" };
	struct ckpt_pickle_node *keys = NULL, **x;
	size_t ids;

	for (int i = 0; i < 5; i++)
		keys = ckpt_pickle_read(&p);
	x = (struct ckpt_pickle_node **)p.persistent.p;
	ids = p.persistent.n / sizeof *x;
	for (size_t i = 0; keys && i < keys->n; i++) {
		struct ckpt_buffer count = { 0 };
		size_t size = 0;

		for (size_t k = 0; k < ids; k++) {
			const struct ckpt_pickle_node *id = x[k]->item[0];

			if (id->n > 4 && ckpt_pickle_is_text(id->item[2],
			    keys->item[i]->text))
				ckpt_torch_storage_type(id->item[1]->text,
				    &size);
		}
		if (ckpt_gather(rd, in, &count, 8, "count") < 0)
			abort();
		add_storage(rd, in, load_le64(count.p) * size);
		free(count.p);
	}
	ckpt_pickle_free(&p);
}

/* ----------------------------------------------------------- the tensors */

static bool
read_tensors(const char *path, bool all, struct tensors *x)
{
	struct ckpt_rd *r = ckpt_open((char *[]){ (char *)path, NULL },
	    ckpt_formats);
	struct ckpt_tensor t;
	const char *line;
	int n;

	*x = (struct tensors){ 0 };
	if (all)
		ckpt_set_all(r);
	n = ckpt_next_checkpoint(r);
	while (n == 1 && (n = ckpt_next_tensor(r, &t)) == 1) {
		char *copy;

		if (t.type == CKPT_OTHER) {
			x->listed++;
			continue;
		}
		if (x->n == TENSORS || ckpt_load(r, &t) < 0)
			break;
		copy = malloc(t.size + 1);
		memcpy(copy, t.data, t.size);
		x->t[x->n++] = (struct bytes){ copy, t.size };
	}
	line = ckpt_left_out(r);
	if (n == 0 && line && (line = strstr(line, ": step ")))
		x->left_out = strtoull(strchr(line + 7, ':') + 2, NULL, 10);
	if (n != 0)
		printf("# %s\n", ckpt_error(r));
	ckpt_close(r);
	return n == 0;
}

static void
free_tensors(struct tensors *x)
{
	for (size_t i = 0; i < x->n; i++)
		free(x->t[i].p);
}

/* Have two blocks the same bytes, in any order? A tensor may be transposed. */
static bool
is_permuted(const struct bytes *a, const struct bytes *b)
{
	size_t count[256] = { 0 };

	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		count[(unsigned char)a->p[i]]++;
		count[(unsigned char)b->p[i]]--;
	}
	for (size_t i = 0; i < 256; i++)
		if (count[i] != 0)
			return false;
	return true;
}

/* Is this storage, or a range of it, one of these tensors? */
static bool
is_given(const struct bytes *s, const struct tensors *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->t[i].n > 0 && (memmem(s->p, s->n, x->t[i].p,
		    x->t[i].n) || is_permuted(s, &x->t[i])))
			return true;
	return false;
}

static void
test_file(const char *path)
{
	char *paths[] = { (char *)path, NULL };
	static struct tensors given, all;
	struct ckpt_rd *rd = ckpt_open(paths, ckpt_formats);
	struct ckpt_input *in = ckpt_input_open(path);
	size_t n = 2, of[3] = { 0 }, bytes[3] = { 0 };
	const unsigned char *p;
	bool good = in && ckpt_input_peek(in, &p, &n) == 0;

	storages = 0;
	if (good && memcmp(p, "PK", 2) == 0)
		read_zip(rd, in);
	else if (good)
		read_legacy(rd, in);
	good = read_tensors(path, false, &given) && good;
	good = read_tensors(path, true, &all) && good;
	for (size_t i = 0; i < storages; i++) {
		int k = storage[i].n == 0 || is_given(&storage[i], &given) ?
		    0 : is_given(&storage[i], &all) ? 1 : 2;

		of[k]++;
		bytes[k] += storage[i].n;
		free(storage[i].p);
	}
	good = good && (given.listed > 0 || of[2] == given.left_out);
	ok(good, "%s: storages: %zu given, %zu of training, %zu left out; "
	    "bytes: %zu + %zu + %zu", path, of[0], of[1], of[2], bytes[0], bytes[1],
	    bytes[2]);
	free_tensors(&given);
	free_tensors(&all);
	ckpt_input_close(in);
	ckpt_close(rd);
}

/* For ftw: a file of PyTorch by its suffix. Parts of storages with strides, and
 * bytes of another order, cannot be recognized. */
static int
visit_file(const char *path, const struct stat *st, int type)
{
	static const char *const suffix[] = { ".pt", ".pth", ".th", ".pt2" };
	const char *dot = strrchr(path, '.');

	(void)st;
	if (type != FTW_F || strstr(path, "views") || strstr(path, "tar.pt") ||
	    strstr(path, "nothing") || strstr(path, "big-endian"))
		return 0;
	for (size_t i = 0; dot && i < sizeof suffix / sizeof *suffix; i++)
		if (strcmp(dot, suffix[i]) == 0)
			test_file(path);
	return 0;
}

int
main(void)
{
	static const char *const folder[] =
	    { "ckpt-pytorch-zip", "ckpt-pytorch-legacy", "cases-formats" };
	const char *data = getenv("DATA");
	char path[4096];

	ftw("tests/files/torch/good", visit_file, 8);
	ftw("tests/files/torch/odd", visit_file, 8);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s",
		    data ? data : "../shared/data", folder[i]);
		if (ftw(path, visit_file, 8) < 0)
			skip(folder[i], "no such data");
	}
	return tap_done();
}
