/* folder.c - which files in a folder are checkpoints */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/natural_order.h"
#include "folder_choice.h"

enum { DEEPEST = 8 };		/* folders in folders */

/* The checkpoints, and the folders of checkpoints, in a folder. */
struct item_list {
	struct item {
		char		*name;
		const struct folder_set *set;	/* NULL: a folder */
		struct ckpt_file_list files;	/* of the folder */
		bool		 has_step;
		uint64_t	 step;
	} *item;
	size_t	n, room;
};

/* What a folder holds. */
struct folder {
	const struct ckpt_folder_source *source;
	const char	*path;
	const char	*name;		/* in messages */
	int		 depth;
	bool		 any;		/* files with any suffix */
	struct ckpt_buffer names;	/* of what is in it */
	struct folder_choice choice;
	struct ckpt_file_list *list;
};

static int	list_folder(const struct ckpt_folder_source *, const char *path,
		    const char *name, int depth, bool any,
		    struct ckpt_file_list *);

/* Append the files of a set to the list. */
static int
add_set(struct folder *d, const struct folder_set *s)
{
	size_t first = d->list->n;

	for (size_t i = 0; i < s->n; i++) {
		const struct folder_file *file = d->choice.file + s->at + i;
		char *path;
		int r;

		if (!ckpt_folder_has(s, file))
			continue;
		if (asprintf(&path, "%s%s", d->path, file->name) < 0)
			return -1;
		r = ckpt_file_list_add(d->list, path);
		free(path);
		if (r < 0)
			return -1;
		d->list->file[d->list->n - 1].joins = d->list->n > first + 1;
		d->list->file[d->list->n - 1].optional = s->optional;
		d->list->file[d->list->n - 1].named = !d->any;
	}
	return 0;
}

/* ------------------------------------------------------- folders in folders */

/* Append the checkpoints in a folder of this folder; name ends with a slash. */
static int
list_subfolder(struct folder *d, const char *name, struct ckpt_file_list *list)
{
	char *path = NULL, *shown = NULL;
	int r = -1;

	if (asprintf(&path, "%s%s", d->path, name) < 0)
		path = NULL;
	if (asprintf(&shown, "%s/%.*s", d->name, (int)strlen(name) - 1,
	    name) < 0)
		shown = NULL;
	if (path && shown)
		r = list_folder(d->source, path, shown, d->depth + 1, d->any,
		    list);
	free(path);
	free(shown);
	return r;
}

static int
add_item(struct item_list *l, const char *name, const struct folder_set *set)
{
	size_t len = strlen(name);
	struct item x = { .set = set };

	if (ckpt_grow(&l->item, l->n, &l->room, sizeof x) < 0 ||
	    (x.name = strndup(name, set ? len : len - 1)) == NULL)
		return -1;
	x.has_step = ckpt_path_step(x.name, &x.step);
	l->item[l->n++] = x;
	return 0;
}

static void
free_item(struct item *x)
{
	ckpt_file_list_close(&x->files);
	free(x->name);
}

static void
free_items(struct item_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free_item(&l->item[i]);
	free(l->item);
}

/* Add the folders in the folder that have checkpoints; only those with steps,
 * if the folder has its own. */
static int
add_folders(struct folder *d, struct item_list *l)
{
	bool own = l->n > 0;
	const char *name;
	uint64_t step;
	size_t at = 0;

	while ((name = ckpt_buffer_string(&d->names, &at)) != NULL) {
		struct ckpt_file_list files = { 0 };

		if (name[strlen(name) - 1] != '/' || d->depth == DEEPEST ||
		    ckpt_folder_is_ignored(name) ||
		    (own && !ckpt_path_step(name, &step)))
			continue;
		if (list_subfolder(d, name, &files) < 0 ||
		    (files.n > 0 && add_item(l, name, NULL) < 0)) {
			ckpt_file_list_close(&files);
			return -1;
		}
		if (files.n > 0)
			l->item[l->n - 1].files = files;
		else
			ckpt_file_list_close(&files);
	}
	return 0;
}

/* ---------------------------------------------------------------- series */

static int
compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->has_step && y->has_step && x->step != y->step)
		return x->step < y->step ? -1 : 1;
	return ckpt_natural_order(&x->name, &y->name);
}

/* Sort items by the steps in their names, if all have one. */
static int
sort_items(struct item_list *l)
{
	struct item *item = l->item;
	size_t n = l->n;
	char **name = calloc(n + 1, sizeof *name);
	uint64_t *step = calloc(n + 1, sizeof *step);
	bool ready = name && step, found;

	for (size_t i = 0; ready && i < n; i++)
		name[i] = item[i].name;
	found = ready && ckpt_path_steps(name, n, step);
	for (size_t i = 0; ready && i < n; i++) {
		item[i].has_step = found;
		item[i].step = step[i];
	}
	free(name);
	free(step);
	if (ready && n > 0)
		qsort(item, n, sizeof *item, compare_items);
	return ready ? 0 : -1;
}

static int
add_series(struct folder *d, struct item_list *l)
{
	int r = sort_items(l);

	for (size_t i = 0; r == 0 && i < l->n; i++)
		r = l->item[i].set ? add_set(d, l->item[i].set) :
		    ckpt_file_list_move(d->list, &l->item[i].files);
	return r;
}

/* Of several folders, those with steps are a series: leave out the others. */
static void
remove_others(struct folder *d, struct item_list *l)
{
	size_t steps = 0, k = 0;

	for (size_t i = 0; i < l->n; i++)
		steps += l->item[i].has_step;
	for (size_t i = 0; i < l->n; i++)
		if (steps == 0 || l->item[i].has_step) {
			l->item[k++] = l->item[i];
		} else {
			ckpt_folder_note_unused(&d->choice, l->item[i].name);
			free_item(&l->item[i]);
		}
	l->n = k;
}

/* The checkpoints of a folder without a model of known name: its own, and
 * those in folders with steps; or else those in all folders. */
static int
list_series(struct folder *d)
{
	struct folder_choice *c = &d->choice;
	struct item_list l = { 0 };
	bool own;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->sets; i++)
		if (c->set[i].chosen)
			r = add_item(&l, c->set[i].base, &c->set[i]);
	own = l.n > 0;
	if (r == 0)
		r = add_folders(d, &l);
	if (r == 0 && !own)
		remove_others(d, &l);
	if (r == 0)
		r = add_series(d, &l);
	free_items(&l);
	return r;
}

/* ------------------------------------------------------------- a pipeline */

/* Does the folder have a file of this name? */
static bool
has_file(const struct folder *d, const char *file)
{
	const char *name;
	size_t at = 0;

	while ((name = ckpt_buffer_string(&d->names, &at)) != NULL)
		if (strcmp(name, file) == 0)
			return true;
	return false;
}

/* A pipeline of diffusers: the models in the folders of this folder are one
 * checkpoint, whose names begin with those of the folders. */
static int
list_components(struct folder *d)
{
	size_t first = d->list->n;
	struct item_list l = { 0 };
	int r = add_folders(d, &l);

	if (r == 0)
		r = sort_items(&l);
	for (size_t i = 0; r == 0 && i < l.n; i++) {
		struct ckpt_file_list *f = &l.item[i].files;

		for (size_t k = 0; r == 0 && k < f->n; k++) {
			f->file[k].joins = d->list->n > first || k > 0;
			f->file[k].optional = false;
			if (asprintf(&f->file[k].prefix, "%s.",
			    l.item[i].name) < 0) {
				f->file[k].prefix = NULL;
				r = -1;
			}
		}
		if (r == 0)
			r = ckpt_file_list_move(d->list, f);
	}
	free_items(&l);
	return r;
}

/* ---------------------------------------------------------------- a folder */

/* Other checkpoints beside a model of known name are not read. */
static void
note_folders(struct folder *d)
{
	const char *name;
	uint64_t step;
	size_t at = 0;

	while ((name = ckpt_buffer_string(&d->names, &at)) != NULL)
		if (name[strlen(name) - 1] == '/' &&
		    ckpt_path_step(name, &step))
			ckpt_folder_note_unused(&d->choice, name);
}

static int
list_folder(const struct ckpt_folder_source *source, const char *path,
    const char *name, int depth, bool any, struct ckpt_file_list *list)
{
	struct folder d = { .source = source, .path = path, .name = name,
	    .depth = depth, .any = any, .list = list };
	size_t first = list->n;
	int r = source->scan(source->arg, path, &d.names);

	if (r == 0)
		r = ckpt_folder_choose(&d.choice, source, path, &d.names, any);
	if (r == 0 && !any && has_file(&d, "model_index.json"))
		r = list_components(&d);
	if (r < 0 || list->n > first)
		ckpt_folder_note_all(&d.choice);
	else if (d.choice.fault)
		r = ckpt_folder_fail(&d.choice, name, list);
	else if (d.choice.known) {
		r = add_set(&d, d.choice.known);
		note_folders(&d);
	} else {
		r = list_series(&d);
	}
	if (r == 0 && list->n > first)
		r = ckpt_folder_note(&d.choice, name,
		    list->file[first].path + strlen(path), list);
	ckpt_folder_choice_close(&d.choice);
	free(d.names.p);
	return r;
}

int
ckpt_folder_list(const struct ckpt_folder_source *source, const char *path,
    const char *name, struct ckpt_file_list *list)
{
	size_t first = list->n;
	int r = list_folder(source, path, name, 0, false, list);

	/* names say nothing: look into the files */
	if (r == 0 && list->n == first)
		r = list_folder(source, path, name, 0, true, list);
	return r;
}
