/* file_list.c - the files that a reader reads, in order */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/natural_order.h"
#include "ckpt.h"
#include "file_list.h"
#include "folder.h"
#include "shard_name.h"

int
ckpt_file_list_add(struct ckpt_file_list *f, const char *path)
{
	char *copy = strdup(path);

	if (copy == NULL || ckpt_grow(&f->file, f->n, &f->room,
	    sizeof *f->file) < 0) {
		free(copy);
		return -1;
	}
	f->file[f->n++] = (struct ckpt_listed_file){ .path = copy };
	return 0;
}

int
ckpt_file_list_move(struct ckpt_file_list *f, struct ckpt_file_list *from)
{
	struct ckpt_listed_file *all = reallocarray(f->file, f->n + from->n + 1,
	    sizeof *all);

	if (all == NULL || ckpt_buffer_add(&f->notes, from->notes.p,
	    from->notes.n) < 0) {
		f->file = all ? all : f->file;
		return -1;
	}
	f->file = all;
	f->room = f->n + from->n + 1;
	if (from->n > 0)
		memcpy(all + f->n, from->file, from->n * sizeof *all);
	f->n += from->n;
	from->n = 0;
	ckpt_file_list_close(from);
	return 0;
}

size_t
ckpt_file_list_first(const struct ckpt_file_list *f)
{
	size_t first = f->at;

	while (first > 0 && f->file[first].joins)
		first--;
	return first;
}

/* ---------------------------------------------------------------- shards */

static int
compare_paths(const void *a, const void *b)
{
	const struct ckpt_listed_file *x = a, *y = b;

	return ckpt_natural_order(&x->path, &y->path);
}

static bool
has_path(const struct ckpt_listed_file *f, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(f[i].path, path) == 0)
			return true;
	return false;
}

/* Join the operands that are shards of the checkpoint of one of them, at. */
static void
join_shards(struct ckpt_file_list *f, size_t at)
{
	struct ckpt_listed_file *first = f->file + at, x;
	struct ckpt_shard_name name;
	bool shard = ckpt_shard_name_parse(first->path, &name);
	size_t n = 1;

	while (at + n < f->n && first[n].joins)
		n++;
	for (size_t i = at + n; shard && i < f->n; i++)
		if (!f->file[i].joins &&
		    !(i + 1 < f->n && f->file[i + 1].joins) &&
		    ckpt_are_shards(first->path, f->file[i].path) &&
		    !has_path(first, n, f->file[i].path)) {
			x = f->file[i];
			memmove(first + n + 1, first + n,
			    (i - at - n) * sizeof x);
			first[n++] = x;
		}
	qsort(first, n, sizeof *first, compare_paths);
	for (size_t i = 1; i < n; i++)
		first[i].joins = true;
}

/* ----------------------------------------------------------------- steps */

int
ckpt_file_list_find_steps(struct ckpt_file_list *f)
{
	char **path = calloc(f->n + 1, sizeof *path);
	uint64_t *step = calloc(f->n + 1, sizeof *step);
	bool ready = path && step;
	size_t n = 0;

	for (size_t i = 0; ready && i < f->n; i++) {
		f->file[i].has_step = ckpt_path_step(f->file[i].path,
		    &f->file[i].step);
		if (!f->file[i].joins)
			path[n++] = f->file[i].path;
	}
	if (ready && ckpt_path_steps(path, n, step))
		for (size_t i = 0, k = 0; i < f->n; i++)
			if (!f->file[i].joins) {
				f->file[i].has_step = true;
				f->file[i].step = step[k++];
			}
	free(path);
	free(step);
	return ready ? 0 : -1;
}

/* ---------------------------------------------------------------- a list */

static bool
is_folder(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 &&
	    S_ISDIR(st.st_mode);
}

int
ckpt_file_list_open(struct ckpt_file_list *f, char *const paths[],
    const struct ckpt_format *const *formats)
{
	*f = (struct ckpt_file_list){ 0 };
	for (size_t i = 0; paths[i]; i++) {
		size_t first = f->n;

		if (is_folder(paths[i]) &&
		    ckpt_folder_list_disk(paths[i], formats, f) < 0)
			return -1;
		/* of an empty folder, opening it reports that */
		if (f->n == first && ckpt_file_list_add(f, paths[i]) < 0)
			return -1;
	}
	for (size_t i = 0; i < f->n; i++)
		if (!f->file[i].joins)
			join_shards(f, i);
	return ckpt_file_list_find_steps(f);
}

int
ckpt_file_list_splice(struct ckpt_file_list *f, const struct ckpt_buffer *paths)
{
	struct ckpt_file_list shards = { 0 };
	struct ckpt_listed_file *all;
	const char *path;
	size_t at = 0;

	while ((path = ckpt_buffer_string(paths, &at)) != NULL)
		if (ckpt_file_list_add(&shards, path) < 0)
			goto fail;
	for (size_t i = 0; i < shards.n; i++) {
		shards.file[i].joins = i > 0 || f->file[f->at].joins;
		shards.file[i].indexed = true;
		if (f->file[f->at].prefix && (shards.file[i].prefix =
		    strdup(f->file[f->at].prefix)) == NULL)
			goto fail;
	}
	if (shards.n > 0) {
		shards.file[0].has_step = f->file[f->at].has_step;
		shards.file[0].step = f->file[f->at].step;
	}
	all = realloc(f->file, (f->n + shards.n) * sizeof *all);
	if (all == NULL)
		goto fail;
	f->file = all;
	f->room = f->n + shards.n;
	free(all[f->at].path);
	free(all[f->at].prefix);
	memmove(all + f->at + shards.n, all + f->at + 1,
	    (f->n - f->at - 1) * sizeof *all);
	memcpy(all + f->at, shards.file, shards.n * sizeof *all);
	f->n += shards.n - 1;
	free(shards.file);
	return 0;
fail:
	ckpt_file_list_close(&shards);
	return -1;
}

void
ckpt_file_list_close(struct ckpt_file_list *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->file[i].path);
		free(f->file[i].prefix);
	}
	free(f->file);
	free(f->notes.p);
	*f = (struct ckpt_file_list){ 0 };
}
