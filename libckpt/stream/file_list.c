/* file_list.c - the files that a reader reads: directories, shards, series */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ckpt.h"
#include "file_list.h"

static int
add_file(struct ckpt_file_list *f, const char *dir, const char *name)
{
	struct ckpt_listed_file *more = realloc(f->file,
	    (f->n + 1) * sizeof *more);
	char *path = NULL;

	if (more == NULL)
		return -1;
	f->file = more;
	if (dir == NULL)
		path = strdup(name);
	else if (asprintf(&path, "%s%s%s", dir,
	    dir[strlen(dir) - 1] == '/' ? "" : "/", name) < 0)
		path = NULL;
	if (path == NULL)
		return -1;
	f->file[f->n++] = (struct ckpt_listed_file){ .path = path };
	return 0;
}

/* ---------------------------------------------------------------- shards */

/* The parts of "STEM-00002-of-00003.EXT". */
struct shard { size_t stem, tail, i, n; };

static bool
parse_shard(const char *path, struct shard *s)
{
	const char *dash = strstr(path, "-of-"), *p = dash;
	int used = 0;

	if (dash == NULL)
		return false;
	while (p > path && p[-1] >= '0' && p[-1] <= '9')
		p--;
	if (p == path || p == dash || p[-1] != '-' || dash - p > 9 ||
	    sscanf(p, "%9zu-of-%9zu%n", &s->i, &s->n, &used) != 2)
		return false;
	s->stem = p - path;
	s->tail = p - path + used;
	return s->i >= 1 && s->i <= s->n;
}

/* Is b the shard after a? */
static bool
is_next_shard(const char *a, const char *b)
{
	struct shard x, y;

	return parse_shard(a, &x) && parse_shard(b, &y) && x.n == y.n &&
	    y.i == x.i + 1 && x.stem == y.stem &&
	    memcmp(a, b, x.stem) == 0 && strcmp(a + x.tail, b + y.tail) == 0;
}

/* --------------------------------------------------------------- folders */

static bool
has_suffix(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && strcmp(name + n - k, end) == 0;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 &&
	    S_ISDIR(st.st_mode);
}

/* Does a name have the suffix of a checkpoint? */
static bool
is_checkpoint_name(const char *name)
{
	static const char *const suffix[] = { ".safetensors", ".ckpt", ".pt",
		".pth", ".bin", ".npz", ".gguf", ".h5", ".hdf5", ".onnx" };

	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++)
		if (has_suffix(name, suffix[i]))
			return true;
	return false;
}

/* The entries of a directory, sorted by name. */
struct folder { struct dirent **entry; int n; };

static bool
scan_folder(struct folder *d, const char *path)
{
	d->n = scandir(path, &d->entry, NULL, alphasort);
	return d->n >= 0;
}

static void
free_folder(struct folder *d)
{
	for (int i = 0; i < d->n; i++)
		free(d->entry[i]);
	free(d->entry);
}

/* The first of these names that exists, or the only index of Keras; then the
 * other files are ignored. */
static const char *
find_index(const struct folder *d)
{
	static const char *const names[] = { "model.safetensors.index.json",
		"pytorch_model.bin.index.json", ".metadata",
		"model.safetensors", "pytorch_model.bin", "model.ckpt",
		"model.pt" };
	const char *keras = NULL;

	for (size_t k = 0; k < sizeof names / sizeof *names; k++)
		for (int i = 0; i < d->n; i++)
			if (strcmp(d->entry[i]->d_name, names[k]) == 0)
				return names[k];
	for (int i = 0; i < d->n; i++)
		if (has_suffix(d->entry[i]->d_name, ".weights.json")) {
			if (keras)
				return NULL;
			keras = d->entry[i]->d_name;
		}
	return keras;
}

/* Add all shards of one checkpoint, if the directory holds one in shards. */
static int
add_shards(struct ckpt_file_list *f, const char *path, const struct folder *d)
{
	size_t first = f->n, all = 0;
	struct shard s;

	for (int i = 0; i < d->n; i++)
		if (is_checkpoint_name(d->entry[i]->d_name) &&
		    parse_shard(d->entry[i]->d_name, &s)) {
			all = s.n;
			if (add_file(f, path, d->entry[i]->d_name) < 0)
				return -1;
		}
	for (size_t i = first; i < f->n; i++)
		f->file[i].joins = i > first &&
		    is_next_shard(f->file[i - 1].path,
		    f->file[i].path);
	for (size_t i = first + 1; i < f->n; i++)
		if (!f->file[i].joins)
			all = f->n;	/* of several checkpoints, or incomplete */
	if (f->n > first && f->n - first != all) {
		for (size_t i = first + 1; i < f->n; i++)
			f->file[i].joins = true;
		if (asprintf(&f->file[first].fault, "%zu shards of %zu, or of "
		    "several checkpoints", f->n - first, all) < 0) {
			f->file[first].fault = NULL;
			return -1;
		}
	}
	return 0;
}

static int
compare_steps(const void *a, const void *b)
{
	const struct ckpt_listed_file *x = a, *y = b;

	return x->step != y->step ? (x->step > y->step) - (x->step < y->step) :
	    strcmp(x->path, y->path);
}

/* Find the steps of the files from first on; of the name only, or of the path.
 * 1, 0 if not all have one, -1 if out of memory. */
static int
find_steps(struct ckpt_file_list *f, size_t first, bool name)
{
	size_t room = f->n - first + 1, n = 0;
	char **path = calloc(room, sizeof *path);
	uint64_t *step = calloc(room, sizeof *step);
	int found = path && step ? 0 : -1;

	for (size_t i = first; found == 0 && i < f->n; i++)
		if (!f->file[i].joins)
			path[n++] = name ? strrchr(f->file[i].path, '/') :
			    f->file[i].path;
	if (found == 0)
		found = ckpt_path_steps(path, n, step);
	for (size_t i = first, k = 0; found == 1 && i < f->n; i++)
		if (!f->file[i].joins) {
			f->file[i].has_step = true;
			f->file[i].step = step[k++];
		}
	free(path);
	free(step);
	return found;
}

/* Add the only checkpoint of a directory, or all that have steps, in order; of
 * directories in it, if deeper. */
static int
add_series(struct ckpt_file_list *f, const char *path, const struct folder *d,
    bool folders)
{
	size_t first = f->n;
	uint64_t step;
	int found;

	for (int i = 0; i < d->n; i++) {
		const char *name = d->entry[i]->d_name;
		char *inside;
		bool want;

		if (*name == '.' || asprintf(&inside, "%s/%s", path, name) < 0)
			continue;
		want = folders ? is_folder(inside) &&
		    ckpt_path_step(name, &step) :
		    !is_folder(inside) && is_checkpoint_name(name);
		free(inside);
		if (want && add_file(f, path, name) < 0)
			return -1;
	}
	found = f->n > first + 1 ? find_steps(f, first, true) : 1;
	while (found == 0 && f->n > first)	/* ambiguous */
		free(f->file[--f->n].path);
	if (f->n > first)
		qsort(f->file + first, f->n - first, sizeof *f->file,
		    compare_steps);
	return found < 0 ? -1 : 0;
}

static int
add_operand(struct ckpt_file_list *f, const char *path, bool deeper)
{
	size_t first = f->n;
	struct folder d;
	const char *name;
	int r = 0;

	if (!is_folder(path) || !scan_folder(&d, path))
		return add_file(f, NULL, path);
	name = find_index(&d);
	if (name)
		r = add_file(f, path, name);
	if (r == 0 && f->n == first)
		r = add_shards(f, path, &d);
	if (r == 0 && f->n == first)
		r = add_series(f, path, &d, false);
	if (r == 0 && f->n == first && deeper) {
		struct ckpt_file_list series = { 0 };

		r = add_series(&series, path, &d, true);
		for (size_t i = 0; r == 0 && i < series.n; i++)
			r = add_operand(f, series.file[i].path, false);
		ckpt_file_list_close(&series);
	}
	free_folder(&d);
	/* nothing: opening it reports that */
	return r == 0 && f->n == first ? add_file(f, NULL, path) : r;
}

int
ckpt_file_list_open(struct ckpt_file_list *f, char *const paths[])
{
	*f = (struct ckpt_file_list){ 0 };
	for (size_t i = 0; paths[i]; i++) {
		if (add_operand(f, paths[i], true) < 0)
			return -1;
		if (i > 0 && f->n > 1 && is_next_shard(paths[i - 1], paths[i]))
			f->file[f->n - 1].joins = true;
	}
	for (size_t i = 0; i < f->n; i++)
		f->file[i].has_step = ckpt_path_step(f->file[i].path,
		    &f->file[i].step);
	return find_steps(f, 0, false) < 0 ? -1 : 0;
}

int
ckpt_file_list_splice(struct ckpt_file_list *f, const struct ckpt_buffer *paths)
{
	struct ckpt_file_list some = { 0 };
	struct ckpt_listed_file *all;

	for (size_t i = 0; i < paths->n; i += strlen((char *)paths->p + i) + 1)
		if (add_file(&some, NULL, (char *)paths->p + i) < 0)
			goto fail;
	for (size_t i = 1; i < some.n; i++)
		some.file[i].joins = true;
	if (some.n > 0) {
		some.file[0].has_step = f->file[f->at].has_step;
		some.file[0].step = f->file[f->at].step;
	}
	all = realloc(f->file, (f->n + some.n) * sizeof *all);
	if (all == NULL)
		goto fail;
	f->file = all;
	free(all[f->at].path);
	memmove(all + f->at + some.n, all + f->at + 1,
	    (f->n - f->at - 1) * sizeof *all);
	memcpy(all + f->at, some.file, some.n * sizeof *all);
	f->n += some.n - 1;
	free(some.file);
	return 0;
fail:
	ckpt_file_list_close(&some);
	return -1;
}

void
ckpt_file_list_close(struct ckpt_file_list *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->file[i].path);
		free(f->file[i].fault);
	}
	free(f->file);
	*f = (struct ckpt_file_list){ 0 };
}
