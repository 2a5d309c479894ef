/* reader_files.c - the files of a reader: formats and shards */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zstd.h>

#include "base/endian.h"
#include "base/utf8.h"
#include "reader.h"
#include "record_reader.h"
#include "shard_name.h"

enum {
	LOOK = 4096,			/* bytes that show a format */
	PEEK = 1 << 16, BLOCK = 1 << 18	/* or a block of zstd */
};

static bool
is_zstd(uint32_t magic)
{
	return magic == 0xFD2FB528 || (magic & ~0xFu) == 0x184D2A50;
}

enum content { UNDECIDED, NATIVE, FOREIGN };

/* What zstd frames that begin with these n bytes hold. What is damaged counts
 * as native, whose reader reports it. */
static enum content
decode_first(const unsigned char *p, size_t n)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	ZSTD_inBuffer in = { p, n, 0 };
	char text[5];
	ZSTD_outBuffer out = { text, sizeof text, 0 };
	bool bad = z == NULL;

	while (!bad && in.pos < n && out.pos < sizeof text)
		bad = ZSTD_isError(ZSTD_decompressStream(z, &out, &in));
	ZSTD_freeDCtx(z);
	return out.pos == sizeof text && memcmp(text, "ckpt/", 5) != 0 ?
	    FOREIGN : bad || out.pos == sizeof text ? NATIVE : UNDECIDED;
}

/* Does this zstd frame hold something other than a ckpt/1 stream? That needs a
 * whole block, which a pipe may be unable to look ahead to. */
static bool
is_compressed_foreign(struct ckpt_input *in)
{
	const unsigned char *p;
	unsigned char *block;
	enum content found = UNDECIDED;
	size_t n = 1, before = 0;
	ptrdiff_t got;
	bool other;

	/* the rest may arrive late: wait for no more than is needed */
	while (found == UNDECIDED && before < PEEK &&
	    ckpt_input_peek_arrived(in, &p, &n) == 0 && n > before) {
		found = decode_first(p, n);
		before = n;
		n = n < PEEK ? n + 1 : n;
	}
	if (found != UNDECIDED)
		return found == FOREIGN;
	if (before < PEEK || ckpt_input_size(in) == UINT64_MAX ||
	    ckpt_input_tell(in) > 0)
		return false;
	block = malloc(BLOCK);
	got = block ? ckpt_input_read(in, block, BLOCK) : 0;
	other = got > 0 && decode_first(block, got) == FOREIGN;
	free(block);
	return ckpt_input_seek(in, 0) == 0 && other;
}

static int
probe_format(struct ckpt_rd *r, const struct ckpt_format *format,
    struct ckpt_input *in, const unsigned char *p, size_t n)
{
	if (format->probe && format->probe(p, n))
		return 1;
	return format->probe_file && ckpt_input_size(in) != UINT64_MAX ?
	    format->probe_file(r, in) : 0;
}

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

/* The format of what in holds: 1 with *format (NULL: native), 0: not known,
 * -1 after ckpt_fail. */
static int
detect_format(struct ckpt_rd *r, struct ckpt_input *in,
    const struct ckpt_format **format)
{
	unsigned char first[4] = { 0 };
	const unsigned char *p;
	size_t n = 4;

	*format = NULL;
	if (ckpt_input_peek(in, &p, &n) < 0)
		return ckpt_fail_errno(r);
	if (n == 0)
		return ckpt_fail(r, CKPT_CUT, "empty input");
	memcpy(first, p, n < 4 ? n : 4);
	if (memcmp(first, "ckpt", 4) == 0 ||
	    (is_zstd(load_le32(first)) && !(r->formats &&
	    is_compressed_foreign(in))))
		return 1;
	n = LOOK;
	if (ckpt_input_peek(in, &p, &n) < 0)
		return ckpt_fail_errno(r);
	for (size_t i = 0; r->formats && r->formats[i]; i++) {
		int found = probe_format(r, r->formats[i], in, p, n);

		if (found != 0) {
			*format = r->formats[i];
			return found;
		}
	}
	return 0;
}

/* The length of the text that p begins with: of a line of printable characters,
 * at most TEXT bytes; 0 if it is none. */
static size_t
find_text(const unsigned char *p, size_t n)
{
	enum { TEXT = 60 };
	const unsigned char *end = memchr(p, '\n', n);

	if (end)
		n = end - p;
	if (n > TEXT)
		for (n = TEXT; n > 0 && (p[n] & 0xc0) == 0x80; n--)
			;
	return n >= 4 && ckpt_is_utf8((const char *)p, n) &&
	    !ckpt_has_control((const char *)p, n, true) ? n : 0;
}

static bool
has_start(const unsigned char *p, size_t n, const char *start)
{
	size_t k = strlen(start);

	return n >= k && strncasecmp((const char *)p, start, k) == 0;
}

/* What stands for a file that was not downloaded, and what to do; or NULL. */
static const char *
find_stand_in(struct ckpt_input *in)
{
	const unsigned char *p;
	size_t n = LOOK;

	if (ckpt_input_peek(in, &p, &n) < 0)
		return NULL;
	if (has_start(p, n, "version https://git-lfs.github.com/"))
		return "a Git LFS pointer, not the file itself: get that with "
		    "\"git lfs pull\"";
	while (n > 0 && memchr(" \t\r\n", *p, 4)) {
		p++;
		n--;
	}
	if (has_start(p, n, "<?xml"))
		return "an XML page, not a checkpoint: download the file, not "
		    "the page about it";
	return has_start(p, n, "<!doctype html") || has_start(p, n, "<html") ?
	    "an HTML page, not a checkpoint: download the file, not the page "
	    "about it" : NULL;
}

/* A file is not of a known format. */
static int
fail_unknown(struct ckpt_rd *r, struct ckpt_input *in)
{
	const char *what = find_stand_in(in);
	const unsigned char *p;
	size_t n = LOOK, blank = 0, text;

	if (what)
		return ckpt_fail(r, CKPT_BAD, "%s", what);
	if (ckpt_input_peek(in, &p, &n) < 0)
		return ckpt_fail_errno(r);
	if (n < 4 && (memcmp(p, "ckpt", n) == 0 ||
	    memcmp(p, "\x28\xb5\x2f", n) == 0 ||
	    ((*p & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d", n - 1) == 0)))
		return ckpt_fail(r, CKPT_CUT, "cut short: %zu bytes", n);
	while (blank < n && memchr(" \t\r\n", p[blank], 4))
		blank++;
	/* such as the error message of a server */
	text = find_text(p + blank, n - blank);
	return ckpt_fail(r, CKPT_BAD, "not a checkpoint of a known format%s"
	    "%.*s%s", text ? ": text, \"" : "", (int)text, p + blank,
	    text ? "\"" : "");
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
	const struct ckpt_file_list *f = r->archive.format ?
	    &r->archive.files : &r->files;

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
	for (size_t at = 0; at < r->expected.n; ) {
		char *name = (char *)r->expected.p + at;
		char *shard = name + strlen(name) + 1;

		if (ckpt_name_map_add(&r->shard_of, name, shard) < 0)
			return ckpt_fail_memory(r);
		at = shard + strlen(shard) + 1 - (char *)r->expected.p;
	}
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
	for (size_t at = 0; at < r->expected.n; ) {
		const char *name = (char *)r->expected.p + at;
		const char *shard = name + strlen(name) + 1;

		const char *full = ckpt_reader_full_name(r, name);

		if (full == NULL)
			return ckpt_fail_memory(r);
		if (ckpt_name_map_find(&r->seen, full) == NULL &&
		    !ckpt_reader_has_tie(r, full))
			return ckpt_fail(r, CKPT_CUT, "%.200s: the index has "
			    "it, and no shard", full);
		at = shard + strlen(shard) + 1 - (char *)r->expected.p;
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

/* Open the next file of the list. A file of a folder whose name promises
 * nothing is skipped if it is no checkpoint: a README, a tokenizer. */
static int
open_listed(struct ckpt_rd *r)
{
	struct ckpt_file_list *list = get_list(r);
	const struct ckpt_listed_file *f = &list->file[list->at];
	const struct ckpt_format *format;
	int n;

	if (f->fault)
		return ckpt_fail(r, CKPT_UNSUPPORTED, "%s", f->fault);
	if (open_input(r, f) < 0)
		return -1;
	if (f->optional && is_empty(r->in))
		return skip_file(r);
	n = spool_zip(r) < 0 ? -1 : detect_format(r, r->in, &format);
	if (n == 0 && f->optional && !(f->named && find_stand_in(r->in)))
		return skip_file(r);
	if (n <= 0)
		return n < 0 ? -1 : fail_unknown(r, r->in);
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
