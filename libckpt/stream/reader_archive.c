/* reader_archive.c - the checkpoints in an archive, chosen as in a folder */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "reader.h"

/* A member: its path, without "./" and "/" before it, and its name. */
struct ckpt_member { const char *path, *name; };

static int
compare_members(const void *a, const void *b)
{
	const struct ckpt_member *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* ---------------------------------------------- as struct ckpt_folder_source */

/* The first member whose path is not before this one. */
static size_t
find_member(const struct ckpt_archive_file *a, const char *path)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(a->member[mid].path, path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int
scan_folder(void *arg, const char *path, struct ckpt_buffer *names)
{
	const struct ckpt_rd *r = arg;
	const struct ckpt_archive_file *a = &r->archive;
	size_t n = strlen(path), len = 0;
	const char *last = "";

	/* the members of a folder follow each other */
	for (size_t i = find_member(a, path); i < a->n; i++) {
		const char *name = a->member[i].path, *slash;

		if (strncmp(name, path, n) != 0)
			break;
		name += n;
		slash = strchr(name, '/');
		if (slash && len > 0 && strncmp(name, last, len) == 0)
			continue;
		last = name;
		len = slash ? (size_t)(slash + 1 - name) : 0;
		if (*name && (ckpt_buffer_add(names, name, slash ? len :
		    strlen(name)) < 0 || ckpt_buffer_add(names, "", 1) < 0))
			return -1;
	}
	return 0;
}

static struct ckpt_input *
open_file(void *arg, const char *path)
{
	struct ckpt_rd *r = arg;
	struct ckpt_archive_file *a = &r->archive;
	size_t i = find_member(a, path);
	struct ckpt_input *in;

	if (i == a->n || strcmp(a->member[i].path, path) != 0) {
		ckpt_fail(r, CKPT_IO, "no such file in the archive");
		return NULL;
	}
	return a->format->member(&a->file, a->member[i].name, &in) < 0 ? NULL :
	    in;
}

/* --------------------------------------------------------------- an archive */

void
ckpt_reader_close_archive(struct ckpt_rd *r)
{
	struct ckpt_archive_file *a = &r->archive;

	if (a->format)
		a->format->close(&a->file);
	if (a->in)
		r->consumed += ckpt_input_tell(a->in);
	ckpt_input_close(a->in);
	ckpt_file_list_close(&a->files);
	free(a->names.p);
	free(a->member);
	free(a->path);
	*a = (struct ckpt_archive_file){ 0 };
}

/* Sort the members by their paths. */
static int
sort_members(struct ckpt_rd *r)
{
	struct ckpt_archive_file *a = &r->archive;
	const char *name;
	size_t at = 0;

	while ((name = ckpt_buffer_string(&a->names, &at)) != NULL) {
		const char *path = name;

		while (*path == '/' || strncmp(path, "./", 2) == 0)
			path++;
		if (ckpt_grow(&a->member, a->n, &a->room,
		    sizeof *a->member) < 0)
			return ckpt_fail_memory(r);
		a->member[a->n++] = (struct ckpt_member){ path, name };
	}
	if (a->n > 0)
		qsort(a->member, a->n, sizeof *a->member, compare_members);
	for (size_t i = 1; i < a->n; i++)
		if (compare_members(&a->member[i - 1], &a->member[i]) == 0)
			return ckpt_fail(r, CKPT_BAD, "two members %.200s",
			    a->member[i].path);
	return 0;
}

int
ckpt_reader_open_archive(struct ckpt_rd *r, const struct ckpt_format *format)
{
	struct ckpt_folder_source source = { .arg = r, .scan = scan_folder,
	    .open = open_file, .formats = r->formats };
	struct ckpt_archive_file *a = &r->archive;
	const char *path = ckpt_path(r);
	int n;

	*a = (struct ckpt_archive_file){ .format = format, .in = r->in };
	a->file = (struct ckpt_file){ .rd = r, .in = r->in, .path = path };
	r->in = NULL;
	r->copied = false;
	if (format->open(&a->file) < 0)
		return -1;
	n = format->members(&a->file, &a->names);
	if (n < 0 || sort_members(r) < 0)
		return -1;
	if (n == 1)		/* a single file, whatever its name */
		n = ckpt_file_list_add(&a->files, a->member[0].path);
	else
		n = ckpt_folder_list(&source, "", path, &a->files);
	if (n < 0 || ckpt_file_list_find_steps(&a->files) < 0 ||
	    ckpt_buffer_add(&r->files.notes, a->files.notes.p,
	    a->files.notes.n) < 0)
		return ckpt_fail_memory(r);
	return 0;
}

int
ckpt_reader_open_member(struct ckpt_rd *r, const char *path)
{
	struct ckpt_archive_file *a = &r->archive;

	free(a->path);
	if (asprintf(&a->path, "%s:%s", a->file.path, path) < 0) {
		a->path = NULL;
		return ckpt_fail_memory(r);
	}
	r->in = open_file(r, path);
	return r->in ? 0 : -1;
}

int
ckpt_reader_end_archive(struct ckpt_rd *r)
{
	struct ckpt_archive_file *a = &r->archive;

	free(a->path);
	a->path = NULL;
	if (a->format->member(&a->file, NULL, NULL) < 0)
		return -1;
	if (!a->found)
		return ckpt_fail(r, CKPT_BAD, "an archive without a "
		    "checkpoint of a known format");
	ckpt_reader_close_archive(r);
	return 0;
}
