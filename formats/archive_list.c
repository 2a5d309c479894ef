/*
 * archive_list.c - the members of an archive, by name
 *
 * An archive is read forward: listed once, then read in the order that is asked
 * for. Going back in a compressed one would mean to decompress it each time, so
 * then it is decompressed into a temporary file.
 */
#include <string.h>

#include "archive_reader.h"

/* Read a copy, not NULL, in place of the archive, from its first byte. */
static int
use_copy(struct ckpt_archive *a, struct ckpt_input *copy)
{
	if (copy == NULL)
		return -1;
	ckpt_input_close(a->copy);
	a->in = a->copy = copy;
	return ckpt_archive_rewind(a, 0);
}

/* A pipe whose first bytes were read. */
struct joined {
	const struct ckpt_buffer *head;
	size_t		 at;
	struct ckpt_input *in;
};

static ptrdiff_t
read_joined(void *arg, void *to, size_t n)
{
	struct joined *j = arg;
	size_t left = j->head->n - j->at;

	if (left == 0)
		return ckpt_input_read(j->in, to, n);
	if (n > left)
		n = left;
	memcpy(to, j->head->p + j->at, n);
	j->at += n;
	return (ptrdiff_t)n;
}

/* A tar from a pipe: its members may be in any order. */
static int
copy_pipe(struct ckpt_archive *a)
{
	struct joined j = { &a->head, 0, a->in };
	struct ckpt_input *all = ckpt_input_from_callback(read_joined, &j);
	struct ckpt_input *copy;

	if (all == NULL)
		return ckpt_fail_memory(a->rd);
	copy = ckpt_spool(a->rd, all);
	ckpt_input_close(all);
	a->records = false;
	return use_copy(a, copy);
}

static int
decompress(struct ckpt_archive *a)
{
	struct ckpt_archive *stream;
	struct archive_member all;
	struct ckpt_input *copy;

	if (ckpt_input_seek(a->in, 0) < 0)
		return ckpt_fail_errno(a->rd);
	stream = ckpt_archive_open(a->rd, a->in, ARCHIVE_STREAM);
	if (stream == NULL || ckpt_archive_next(stream, &all) != 1) {
		ckpt_archive_close(stream);
		return -1;
	}
	copy = ckpt_spool(a->rd, all.in);
	ckpt_archive_close(stream);
	a->kind = ARCHIVE_TAR;
	return use_copy(a, copy);
}

/* Go to a member of a tar that is not compressed; of another archive, or to one
 * that is not known, nowhere. 0 or -1. */
static int
go_to(struct ckpt_archive *a, const char *name)
{
	void **place = ckpt_name_map_find(&a->places, name);

	if (a->kind == ARCHIVE_ZIP || place == NULL || *place == NULL ||
	    archive_filter_code(a->archive, 0) != ARCHIVE_FILTER_NONE)
		return 0;
	return ckpt_archive_rewind(a, (uintptr_t)*place - 1);
}

/* Go back to the first member. */
static int
go_back(struct ckpt_archive *a)
{
	return !a->cut && archive_filter_code(a->archive, 0) !=
	    ARCHIVE_FILTER_NONE ? decompress(a) : ckpt_archive_rewind(a, 0);
}

int
ckpt_archive_list(struct ckpt_archive *a, struct ckpt_buffer *names)
{
	struct archive_entry *e;
	int r = ckpt_archive_next_entry(a, &e);
	const char *name;
	la_int64_t place;

	if (r == 1 && archive_format(a->archive) == ARCHIVE_FORMAT_RAW) {
		a->first = e;
		a->records = false;
		return 1;
	}
	if (r == 1 && a->records)
		r = copy_pipe(a) < 0 ? -1 : ckpt_archive_next_entry(a, &e);
	while (r == 1) {
		name = ckpt_archive_name(a, e);
		if (name == NULL)
			return -1;
		place = archive_read_header_position(a->archive);
		if (ckpt_buffer_add(names, name, strlen(name) + 1) < 0 ||
		    ckpt_name_map_add(&a->places, name,
		    (void *)(uintptr_t)(place + 1)) < 0)
			return ckpt_fail_memory(a->rd);
		a->quiet = true;
		r = ckpt_archive_next_entry(a, &e);
		a->quiet = false;
		a->cut = r < 0;
	}
	return r < 0 && !a->cut ? -1 : ckpt_archive_rewind(a, 0);
}

int
ckpt_archive_find(struct ckpt_archive *a, const char *name,
    struct archive_member *out)
{
	struct archive_entry *e = a->first;
	const char *found;
	int r;

	if (name == NULL) {
		a->first = NULL;
		return e && ckpt_archive_open_entry(a, e, out) == 1 ? 0 : -1;
	}
	for (;;) {
		bool fresh = a->fresh;

		if (go_to(a, name) < 0)
			return -1;
		a->quiet = true;
		while ((r = ckpt_archive_next_entry(a, &e)) == 1) {
			found = ckpt_archive_name(a, e);
			if (found == NULL || strcmp(found, name) == 0)
				break;
		}
		a->quiet = false;
		if (r == 1)
			return found && ckpt_archive_open_entry(a, e,
			    out) == 1 ? 0 : -1;
		if (fresh)
			return ckpt_fail(a->rd, CKPT_BAD, "%.200s: not found "
			    "again in the archive", name);
		if (go_back(a) < 0)
			return -1;
	}
}

int
ckpt_archive_end(struct ckpt_archive *a)
{
	struct archive_entry *e;
	int r = 1;

	/* a list without a fault has read all */
	if (a->cut || archive_format(a->archive) == ARCHIVE_FORMAT_RAW)
		while (r == 1)
			r = ckpt_archive_next_entry(a, &e);
	return r < 0 ? -1 : 0;
}
