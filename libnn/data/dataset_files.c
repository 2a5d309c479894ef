/*
 * dataset_files.c - the files of a data set: of a folder, of an archive, or one
 */
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "core/tape.h"
#include "dataset_files.h"

enum { BLOCK = 1 << 16 };

static int
fail_archive(struct nn_dataset_file *f)
{
	const char *why = archive_error_string(f->archive);

	return nn_fail(f->net, "%s: %s", f->path, why ? why : "not readable");
}

static const char *
strip_folders(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The name of a file without folders and without the suffix of compression. */
static const char *
strip_path(const char *path, char name[NAME_MAX + 1])
{
	static const char *const suffix[] = { ".gz", ".xz", ".bz2", ".zst" };
	size_t n;

	snprintf(name, NAME_MAX + 1, "%s", strip_folders(path));
	n = strlen(name);
	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
		size_t k = strlen(suffix[i]);

		if (n > k && strcmp(name + n - k, suffix[i]) == 0) {
			name[n - k] = 0;
			break;
		}
	}
	return name;
}

static bool
is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* A file that is no archive is read as one with a single entry without name. */
static int
visit_entries(struct nn_dataset_file *f, nn_dataset_visit *visit, void *arg)
{
	struct archive_entry *entry;
	char name[NAME_MAX + 1];
	int r;

	if (archive_read_open_filename(f->archive, is_stdin(f->path) ? NULL :
	    f->path, BLOCK))
		return fail_archive(f);
	while ((r = archive_read_next_header(f->archive, &entry)) !=
	    ARCHIVE_EOF) {
		const char *path = archive_entry_pathname(entry);
		bool raw = archive_format(f->archive) == ARCHIVE_FORMAT_RAW;

		if (r < ARCHIVE_WARN)
			return fail_archive(f);
		if (raw)
			path = f->path;
		if (archive_entry_filetype(entry) == AE_IFREG && path &&
		    visit(f, strip_path(path, name), arg) < 0)
			return -1;
	}
	return 0;
}

/* By its name: images may begin with zeros, which are an empty tar file. */
static bool
is_archive(const char *path)
{
	const char *name = strip_folders(path);

	return strstr(name, ".tar") || strstr(name, ".tgz") ||
	    strstr(name, ".zip");
}

static int
visit_file(struct nn *net, const char *path, nn_dataset_visit *visit, void *arg)
{
	struct nn_dataset_file f = { net, path, archive_read_new() };
	int r;

	if (f.archive == NULL)
		return nn_fail(net, "out of memory");
	archive_read_support_filter_all(f.archive);
	if (is_archive(path)) {
		archive_read_support_format_tar(f.archive);
		archive_read_support_format_zip(f.archive);
	} else {
		if (is_stdin(path)) {
			archive_read_support_format_tar(f.archive);
			archive_read_support_format_zip_streamable(f.archive);
		}
		archive_read_support_format_raw(f.archive);
		archive_read_support_format_empty(f.archive);
	}
	r = visit_entries(&f, visit, arg);
	archive_read_free(f.archive);
	return r;
}

/* The files of a folder in the order of their names, and those below it. */
static int
visit_folder(struct nn *net, const char *path, int depth,
    nn_dataset_visit *visit, void *arg)
{
	struct dirent **entry;
	struct stat st;
	int n = scandir(path, &entry, NULL, alphasort), r = 0;

	if (n < 0)
		return nn_fail(net, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		char inside[PATH_MAX];
		int len = snprintf(inside, sizeof inside, "%s/%s", path,
		    entry[i]->d_name);
		bool below = depth && entry[i]->d_name[0] != '.';

		if (r == 0 && len < PATH_MAX && stat(inside, &st) == 0 &&
		    S_ISREG(st.st_mode))
			r = visit_file(net, inside, visit, arg);
		else if (r == 0 && below && len < PATH_MAX &&
		    lstat(inside, &st) == 0 && S_ISDIR(st.st_mode))
			r = visit_folder(net, inside, depth - 1, visit, arg);
		free(entry[i]);
	}
	free(entry);
	return r;
}

int
nn_dataset_visit_files(struct nn *net, const char *path, int depth,
    nn_dataset_visit *visit, void *arg)
{
	struct stat st;

	if (is_stdin(path))
		return visit_file(net, path, visit, arg);
	if (stat(path, &st) < 0)
		return nn_fail(net, "%s: %s", path, strerror(errno));
	return S_ISDIR(st.st_mode) ?
	    visit_folder(net, path, depth, visit, arg) :
	    visit_file(net, path, visit, arg);
}

unsigned char *
nn_dataset_read(struct nn_dataset_file *f, size_t limit, size_t *n)
{
	struct ckpt_buffer b = { 0 };
	la_ssize_t got;

	/* always with room for the NUL */
	while (ckpt_buffer_reserve(&b, b.n ? 1 : BLOCK) == 0) {
		got = archive_read_data(f->archive, b.p + b.n, b.room - b.n);
		if (got == 0) {
			b.p[b.n] = 0;
			*n = b.n;
			return b.p;
		}
		if (got < 0) {
			fail_archive(f);
			break;
		}
		b.n += got;
		if (b.n > limit) {
			nn_fail(f->net, "%s: more than %zu bytes", f->path,
			    limit);
			break;
		}
	}
	nn_fail(f->net, "out of memory");	/* if no other failure */
	free(b.p);
	return NULL;
}
