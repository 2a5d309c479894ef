/* dataset_files.c - the files of a data set: in a folder, in an archive, or one */
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/tape.h"
#include "dataset_files.h"

enum { DEEP = 8 };

static int
fail(struct nn_dataset *u)
{
	const char *why = archive_error_string(u->archive);

	return nn_fail(u->net, "%s: %s", u->path, why ? why : "not readable");
}

/* The last part of a path, without a suffix of compression. */
static const char *
plain_name(const char *path, char name[NAME_MAX + 1])
{
	static const char *const suffix[] = { ".gz", ".xz", ".bz2", ".zst" };
	const char *slash = strrchr(path, '/');
	size_t n;

	snprintf(name, NAME_MAX + 1, "%s", slash ? slash + 1 : path);
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

/* A file by itself is an archive of one, whose entry has no name. */
static int
each_entry(struct nn_dataset *u, int (*file)(struct nn_dataset *, const char *, void *),
    void *arg)
{
	struct archive_entry *entry;
	char name[NAME_MAX + 1];
	int r;

	if (archive_read_open_filename(u->archive, is_stdin(u->path) ? NULL :
	    u->path, 1 << 16))
		return fail(u);
	while ((r = archive_read_next_header(u->archive, &entry)) !=
	    ARCHIVE_EOF) {
		const char *inside = archive_entry_pathname(entry);
		bool raw = archive_format(u->archive) == ARCHIVE_FORMAT_RAW;

		if (r < ARCHIVE_WARN)
			return fail(u);
		if (archive_entry_filetype(entry) == AE_IFREG &&
		    (raw || inside) && file(u, plain_name(raw ? u->path :
		    inside, name), arg) < 0)
			return -1;
	}
	return 0;
}

/* By its name: images may begin with zeros, which make an empty tar file. */
static bool
is_archive(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strstr(name, ".tar") || strstr(name, ".tgz") ||
	    strstr(name, ".zip");
}

static int
one_file(struct nn *net, const char *path,
    int (*file)(struct nn_dataset *, const char *, void *), void *arg)
{
	struct nn_dataset u = { net, path, archive_read_new() };
	int r;

	if (u.archive == NULL)
		return nn_fail(net, "out of memory");
	archive_read_support_filter_all(u.archive);
	if (is_archive(path)) {
		archive_read_support_format_tar(u.archive);
		archive_read_support_format_zip(u.archive);
	} else {
		if (is_stdin(path)) {
			archive_read_support_format_tar(u.archive);
			archive_read_support_format_zip_streamable(u.archive);
		}
		archive_read_support_format_raw(u.archive);
		archive_read_support_format_empty(u.archive);
	}
	r = each_entry(&u, file, arg);
	archive_read_free(u.archive);
	return r;
}

/* Files of a folder in the order of their names, and below it, so deep. */
static int
folder(struct nn *net, const char *path, int deep,
    int (*file)(struct nn_dataset *, const char *, void *), void *arg)
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
		bool below = deep && entry[i]->d_name[0] != '.';

		if (r == 0 && len < PATH_MAX && stat(inside, &st) == 0 &&
		    S_ISREG(st.st_mode))
			r = one_file(net, inside, file, arg);
		else if (r == 0 && below && len < PATH_MAX &&
		    lstat(inside, &st) == 0 && S_ISDIR(st.st_mode))
			r = folder(net, inside, deep - 1, file, arg);
		free(entry[i]);
	}
	free(entry);
	return r;
}

static int
start(struct nn *net, const char *path, int deep,
    int (*file)(struct nn_dataset *, const char *, void *), void *arg)
{
	struct stat st;

	if (is_stdin(path))
		return one_file(net, path, file, arg);
	if (stat(path, &st) < 0)
		return nn_fail(net, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return folder(net, path, deep, file, arg);
	return one_file(net, path, file, arg);
}

int
nn_dataset_each(struct nn *net, const char *path,
    int (*file)(struct nn_dataset *, const char *, void *), void *arg)
{
	return start(net, path, 0, file, arg);
}

int
nn_dataset_each_below(struct nn *net, const char *path,
    int (*file)(struct nn_dataset *, const char *, void *), void *arg)
{
	return start(net, path, DEEP, file, arg);
}

unsigned char *
nn_dataset_read(struct nn_dataset *u, size_t most, size_t *n)
{
	size_t room = 1 << 16;
	unsigned char *p = malloc(room), *more;
	la_ssize_t got = 0;

	for (*n = 0; p; *n += got) {
		if (*n == room) {
			more = realloc(p, room *= 2);
			if (more == NULL)
				break;
			p = more;
		}
		got = archive_read_data(u->archive, p + *n, room - *n);
		if (got <= 0 || *n + got > most)
			break;
	}
	if (p && got == 0)
		return p;
	if (p && *n + got > most)
		nn_fail(u->net, "%s: more than %zu bytes", u->path, most);
	else if (got < 0)
		fail(u);
	else
		nn_fail(u->net, "out of memory");
	free(p);
	return NULL;
}
