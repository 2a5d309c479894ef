/* reader_files.c - the files of a reader: one after the other, and shards */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "folder_choice.h"
#include "reader.h"
#include "record_reader.h"
#include "shard_name.h"

/* A zip is known by its directory, which is at its end: copy a pipe. */
static int
spool_zip(struct ckpt_rd *r)
{
	const unsigned char *p;
	size_t n = 2;
	struct ckpt_input *copy;

	if (r->formats == NULL || ckpt_input_size(r->in) != UINT64_MAX)
		return 0;
	if (ckpt_input_peek(r->in, &p, &n) < 0)
		return ckpt_fail_errno(r);
	if (n < 2 || memcmp(p, "PK", 2) != 0)
		return 0;
	copy = ckpt_spool(r, r->in);
	if (copy == NULL)
		return -1;
	if (r->archive.format == NULL)
		ckpt_input_close(r->in);
	r->in = copy;
	r->copied = true;
	return 0;
}

/* A member of an archive belongs to it, a copy does not. */
static void
close_input(struct ckpt_rd *r)
{
	if (r->in && r->archive.format == NULL)
		r->consumed += ckpt_input_tell(r->in);
	if (r->archive.format == NULL || r->copied)
		ckpt_input_close(r->in);
	r->in = NULL;
	r->copied = false;
}

/* Start to read the file in r->in. Shards are one checkpoint, whose keys are
 * those of the first. */
static int
open_checkpoint(struct ckpt_rd *r, const struct ckpt_format *format, bool joins)
{
	if (!joins) {
		ckpt_key_list_clear(&r->meta);
		ckpt_left_out_clear(&r->left_out);
	}
	r->format = format;
	if (format) {
		r->file = (struct ckpt_file){ .rd = r, .in = r->in,
		    .path = ckpt_path(r) };
		return format->open(&r->file) < 0 ? -1 : 1;
	}
	if (joins)
		return ckpt_fail(r, CKPT_UNSUPPORTED,
		    "a ckpt/1 stream as a shard");
	r->native = ckpt_records_open(r);
	return r->native ? 1 : ckpt_fail_memory(r);
}

/* ----------------------------------------------------------------- files */

static struct ckpt_file_list *
get_list(struct ckpt_rd *r)
{
	return r->archive.format ? &r->archive.files : &r->files;
}

static const struct ckpt_listed_file *
get_file(const struct ckpt_rd *r)
{
	const struct ckpt_file_list *f = get_list((struct ckpt_rd *)r);

	return &f->file[f->at];
}

const char *
ckpt_reader_full_name(const struct ckpt_rd *rd, const char *name)
{
	struct ckpt_rd *r = (struct ckpt_rd *)rd;	/* uses its buffer */
	const char *prefix = get_file(r)->prefix;

	if (prefix == NULL)
		return name;
	r->full_name.n = 0;
	return ckpt_buffer_add(&r->full_name, prefix, strlen(prefix)) < 0 ||
	    ckpt_buffer_add(&r->full_name, name, strlen(name) + 1) < 0 ?
	    NULL : (char *)r->full_name.p;
}

/* After the last of several files that are one checkpoint: their names or a
 * format may say how many there should be. */
static int
check_shards(struct ckpt_rd *r, uint64_t shards)
{
	const struct ckpt_file_list *f = get_list(r);
	size_t first = ckpt_file_list_first(f), n = f->at + 1 - first;
	const char **path = calloc(n, sizeof *path);
	struct ckpt_shard_name name;
	char *missing;

	if (path == NULL)
		return ckpt_fail_memory(r);
	for (size_t i = 0; i < n; i++)
		path[i] = f->file[first + i].path;
	if (f->file[first].indexed || f->file[first].prefix)
		shards = 0;
	else if (ckpt_shard_name_parse(path[0], &name) && name.n > shards)
		shards = name.n;
	missing = shards > n ? ckpt_shard_name_missing(path, n) : NULL;
	if (shards > n)
		ckpt_fail(r, CKPT_CUT, "%zu of %" PRIu64 " shards%s%s: give "
		    "all of them, or their folder", n, shards,
		    missing ? ", without " : "", missing ? missing : "");
	free(missing);
	free(path);
	return shards > n ? -1 : 0;
}

/* The index of shards: what tensor is in which of them. */
static void
clear_index(struct ckpt_rd *r)
{
	ckpt_name_map_clear(&r->shard_of, NULL);
	r->expected.n = 0;
}

static int
set_index(struct ckpt_rd *r)
{
	const char *name;
	size_t at = 0;

	while ((name = ckpt_buffer_string(&r->expected, &at)) != NULL)
		if (ckpt_name_map_add(&r->shard_of, name,
		    (char *)ckpt_buffer_string(&r->expected, &at)) < 0)
			return ckpt_fail_memory(r);
	return 0;
}

const char *
ckpt_reader_misplaced(const struct ckpt_rd *r, const char *tensor)
{
	const struct ckpt_listed_file *f = get_file(r);
	const char *slash = strrchr(f->path, '/');
	void **shard;

	if (!f->indexed || r->expected.n == 0)
		return NULL;
	shard = ckpt_name_map_find(&r->shard_of, tensor);
	if (shard == NULL)
		return "in a shard, but not in the index";
	return strcmp(*shard, slash ? slash + 1 : f->path) == 0 ? NULL :
	    "in another shard than the index has it";
}

/* After the last shard: everything in the index must have been found. */
static int
check_expected(struct ckpt_rd *r)
{
	const char *name;
	size_t at = 0;

	while ((name = ckpt_buffer_string(&r->expected, &at)) != NULL) {
		const char *full = ckpt_reader_full_name(r, name);

		ckpt_buffer_string(&r->expected, &at);	/* its shard */
		if (full == NULL)
			return ckpt_fail_memory(r);
		if (ckpt_name_map_find(&r->seen, full) == NULL &&
		    !ckpt_reader_has_tie(r, full))
			return ckpt_fail(r, CKPT_CUT, "%.200s: the index has "
			    "it, and no shard", full);
	}
	clear_index(r);
	return 0;
}

static int
open_index(struct ckpt_rd *r, const struct ckpt_format *format)
{
	struct ckpt_file_list *list = get_list(r);
	struct ckpt_file f = { .rd = r, .in = r->in,
	    .path = list->file[list->at].path };
	struct ckpt_buffer paths = { 0 };
	int n;

	clear_index(r);
	if (r->archive.format == NULL &&
	    ckpt_input_size(r->in) == UINT64_MAX)
		return ckpt_fail(r, CKPT_UNSUPPORTED,
		    "an index can only be read from the folder of its shards");
	n = format->files(&f, &paths, &r->expected);
	close_input(r);
	if (n == 0 && ckpt_file_list_splice(list, &paths) < 0)
		n = ckpt_fail_memory(r);
	if (n == 0)
		n = set_index(r);
	free(paths.p);
	return n;
}

/* Open the file of the list. */
static int
open_input(struct ckpt_rd *r, const struct ckpt_listed_file *f)
{
	if (r->archive.format)
		return ckpt_reader_open_member(r, f->path);
	r->in = ckpt_input_open(f->path);
	if (r->in == NULL)
		return ckpt_fail(r, CKPT_IO, "%s", errno == EISDIR ?
		    "a folder without an index, shards or checkpoints" :
		    strerror(errno));
	return 0;
}

static bool
is_empty(struct ckpt_input *in)
{
	const unsigned char *p;
	size_t n = 1;

	return ckpt_input_peek(in, &p, &n) == 0 && n == 0;
}

static int
skip_file(struct ckpt_rd *r)
{
	close_input(r);
	get_list(r)->at++;
	r->skipped = true;
	return 0;
}

/* Open the next file of the list. A file of a folder whose name does not promise
 * weights is skipped if it is no checkpoint: a README, a tokenizer. */
static int
open_listed(struct ckpt_rd *r)
{
	struct ckpt_file_list *list = get_list(r);
	const struct ckpt_listed_file *f = &list->file[list->at];
	const struct ckpt_format *format;
	bool skips;
	int n;

	if (f->fault)
		return ckpt_fail(r, CKPT_UNSUPPORTED, "%s", f->fault);
	if (open_input(r, f) < 0)
		return -1;
	skips = f->optional && !(f->named && ckpt_folder_promises(f->path));
	if (skips && is_empty(r->in))
		return skip_file(r);
	n = spool_zip(r) < 0 ? -1 : ckpt_detect_format(r, &format);
	if (n == 0 && skips && !(f->named && ckpt_find_stand_in(r->in)))
		return skip_file(r);
	if (n <= 0)
		return n < 0 ? -1 : ckpt_fail_unknown_format(r);
	if (format && f->joins && (format->member || (format->files &&
	    !f->prefix)))
		return ckpt_fail(r, CKPT_UNSUPPORTED, "not a shard");
	if (format && format->files)
		return open_index(r, format);
	if (format && format->member)
		return r->archive.format == NULL ?
		    ckpt_reader_open_archive(r, format) : ckpt_fail(r,
		    CKPT_UNSUPPORTED, "an archive inside an archive: "
		    "unpack the outer one");
	r->archive.found = true;
	return open_checkpoint(r, format, f->joins);
}

int
ckpt_reader_open_file(struct ckpt_rd *r)
{
	while (r->in == NULL) {
		const struct ckpt_file_list *list = get_list(r);

		if (list->at < list->n) {
			if (open_listed(r) < 0)
				return -1;
		} else if (r->archive.format == NULL) {
			return r->skipped && r->entered == 0 ? ckpt_fail(r,
			    CKPT_BAD, "not a checkpoint of a known format") : 0;
		} else {
			if (ckpt_reader_end_archive(r) < 0)
				return -1;
			r->files.at++;
		}
	}
	return 1;
}

static void
close_file(struct ckpt_rd *r)
{
	if (r->format && r->file.in)
		r->format->close(&r->file);
	if (r->native) {
		r->unknown += ckpt_records_unknown_frames(r);
		ckpt_records_close(r);
		r->native = NULL;
	}
	close_input(r);
	r->format = NULL;
	r->file = (struct ckpt_file){ 0 };
}

int
ckpt_reader_close_file(struct ckpt_rd *r)
{
	struct ckpt_file_list *f = get_list(r);
	uint64_t shards = r->file.shards;
	bool more;

	close_file(r);
	more = f->at + 1 < f->n && f->file[f->at + 1].joins;
	if (!(more && f->file[f->at + 1].indexed) && check_expected(r) < 0)
		return -1;
	if (more) {
		f->at++;
		return 0;
	}
	if (check_shards(r, shards) < 0)
		return -1;
	if (r->started && ckpt_left_out_end(r) < 0)
		return -1;
	f->at++;
	r->started = r->inside = false;
	return 0;
}

int
ckpt_reader_find_step(struct ckpt_rd *r, uint64_t *step)
{
	const struct ckpt_file_list *list = get_list(r);
	const struct ckpt_listed_file *f =
	    &list->file[ckpt_file_list_first(list)];

	*step = r->entered;
	r->counted = false;
	if (r->path_step)
		return r->path_step(ckpt_path(r), step, r->path_step_arg) ? 0 :
		    ckpt_fail(r, CKPT_BAD, "no step is found in the path");
	if (r->file.has_step)
		*step = r->file.step;
	else if (f->has_step)
		*step = f->step;
	else
		r->counted = !ckpt_path_step(ckpt_path(r), step);
	return 0;
}

void
ckpt_skip_file(struct ckpt_rd *r)
{
	struct ckpt_file_list *f = get_list(r);

	close_file(r);
	if (r->archive.format && f->at == f->n) {	/* its end is damaged */
		ckpt_reader_close_archive(r);
		f = &r->files;
	}
	do
		f->at += f->at < f->n;
	while (f->at < f->n && f->file[f->at].joins);
	clear_index(r);
	r->started = r->inside = r->open = false;
	r->why = CKPT_FINE;
	r->error[0] = 0;
}

void
ckpt_reader_free_files(struct ckpt_rd *r)
{
	close_file(r);
	ckpt_reader_close_archive(r);
	ckpt_name_map_clear(&r->shard_of, NULL);
}

const char *
ckpt_path(const struct ckpt_rd *r)
{
	const struct ckpt_file_list *f = &r->files;
	const char *path = f->file[f->at < f->n ? f->at : f->n - 1].path;

	if (r->archive.path)
		return r->archive.path;
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

const char *
ckpt_notice(struct ckpt_rd *r)
{
	return ckpt_buffer_string(&r->files.notes, &r->noted);
}
