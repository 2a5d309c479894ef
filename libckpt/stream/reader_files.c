/* reader_files.c - the files of a reader: formats, shards, archives */
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
	ckpt_input_close(r->in);
	r->in = copy;
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

/* What a file is that is not of a known format, and what to do about it. */
static int
fail_unknown(struct ckpt_rd *r, struct ckpt_input *in)
{
	static const char lfs[] = "version https://git-lfs.github.com/";
	static const char *const html[] = { "<!doctype html", "<html",
		"<?xml" };
	const unsigned char *p;
	size_t n = LOOK, blank = 0, text;

	if (ckpt_input_peek(in, &p, &n) < 0)
		return ckpt_fail_errno(r);
	if (n < 4 && (memcmp(p, "ckpt", n) == 0 ||
	    memcmp(p, "\x28\xb5\x2f", n) == 0 ||
	    ((*p & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d", n - 1) == 0)))
		return ckpt_fail(r, CKPT_CUT, "cut short: %zu bytes", n);
	if (n >= sizeof lfs && memcmp(p, lfs, sizeof lfs - 1) == 0)
		return ckpt_fail(r, CKPT_BAD, "a Git LFS pointer, not the file "
		    "itself: get that with \"git lfs pull\"");
	while (blank < n && memchr(" \t\r\n", p[blank], 4))
		blank++;
	for (size_t i = 0; i < sizeof html / sizeof *html; i++)
		if (n - blank >= strlen(html[i]) && strncasecmp((char *)p +
		    blank, html[i], strlen(html[i])) == 0)
			return ckpt_fail(r, CKPT_BAD, "an %s page, not a "
			    "checkpoint: download the file, not the page "
			    "about it", html[i][1] == '?' ? "XML" : "HTML");
	/* such as the error message of a server */
	text = find_text(p + blank, n - blank);
	return ckpt_fail(r, CKPT_BAD, "not a checkpoint of a known format%s"
	    "%.*s%s", text ? ": text, \"" : "", (int)text, p + blank,
	    text ? "\"" : "");
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

/* -------------------------------------------------------------- archives */

static void
close_archive(struct ckpt_rd *r)
{
	struct ckpt_archive_file *b = &r->archive;

	if (b->format)
		b->format->close(&b->file);
	if (b->in)
		r->consumed += ckpt_input_tell(b->in);
	ckpt_input_close(b->in);
	free(b->path);
	*b = (struct ckpt_archive_file){ 0 };
}

static int
open_archive(struct ckpt_rd *r, const struct ckpt_format *format)
{
	r->archive = (struct ckpt_archive_file){ .format = format,
	    .in = r->in };
	r->archive.file = (struct ckpt_file){ .rd = r, .in = r->in,
	    .path = ckpt_path(r) };
	r->in = NULL;
	return format->open(&r->archive.file);
}

static bool
is_empty(struct ckpt_input *in)
{
	const unsigned char *p;
	size_t n = 1;

	return ckpt_input_peek(in, &p, &n) == 0 && n == 0;
}

/* The next member of the archive that is a checkpoint. Others are skipped: a
 * README, a tokenizer. */
static int
next_archive_member(struct ckpt_rd *r)
{
	struct ckpt_archive_file *b = &r->archive;
	const struct ckpt_format *format;
	const char *name;
	struct ckpt_input *in;
	int n;

	for (;;) {
		free(b->path);
		b->path = NULL;
		n = b->format->member(&b->file, &in, &name);
		if (n <= 0)
			break;
		if (asprintf(&b->path, "%s:%s", b->file.path, name) < 0) {
			b->path = NULL;
			return ckpt_fail_memory(r);
		}
		if (is_empty(in))
			continue;
		n = detect_format(r, in, &format);
		if (n < 0)
			return -1;
		if (n == 0)
			continue;
		if (format && (format->member || format->files))
			return ckpt_fail(r, CKPT_UNSUPPORTED, "%s inside an "
			    "archive", format->member ? "an archive" :
			    "an index");
		b->found = true;
		r->in = in;
		return open_checkpoint(r, format, false);
	}
	if (n == 0 && !b->found)
		return ckpt_fail(r, CKPT_BAD, "an archive without a "
		    "checkpoint of a known format");
	return n;
}

/* ----------------------------------------------------------------- files */

/* After the last of several files that are one checkpoint: a format may know how
 * many there should be. */
static int
check_shards(struct ckpt_rd *r, uint64_t shards)
{
	const struct ckpt_file_list *f = &r->files;
	uint64_t n = 1;

	for (size_t i = f->at; i > 0 && f->file[i].joins; i--)
		n++;
	return shards <= n ? 0 : ckpt_fail(r, CKPT_CUT, "%" PRIu64 " of %"
	    PRIu64 " shards: give all of them, or their folder", n, shards);
}

/* After the last shard: everything in the index must have been found. */
static int
check_expected(struct ckpt_rd *r)
{
	for (size_t at = 0; at < r->expected.n; ) {
		const char *name = (char *)r->expected.p + at;

		if (ckpt_name_map_find(&r->seen, name) == NULL)
			return ckpt_fail(r, CKPT_CUT, "%.200s: the index has "
			    "it, and no shard", name);
		at += strlen(name) + 1;
	}
	r->expected.n = 0;
	return 0;
}

static int
open_index(struct ckpt_rd *r, const struct ckpt_format *format)
{
	struct ckpt_file f = { .rd = r, .in = r->in, .path = ckpt_path(r) };
	struct ckpt_buffer paths = { 0 };
	int n;

	r->expected.n = 0;
	n = format->files(&f, &paths, &r->expected);
	r->consumed += ckpt_input_tell(r->in);
	ckpt_input_close(r->in);
	r->in = NULL;
	if (n == 0 && ckpt_file_list_splice(&r->files, &paths) < 0)
		n = ckpt_fail_memory(r);
	free(paths.p);
	return n;
}

static int
open_plain(struct ckpt_rd *r)
{
	const struct ckpt_listed_file *f = &r->files.file[r->files.at];
	const struct ckpt_format *format;
	int n;

	if (f->fault)
		return ckpt_fail(r, CKPT_CUT, "%s", f->fault);
	r->in = ckpt_input_open(f->path);
	if (r->in == NULL)
		return ckpt_fail(r, CKPT_IO, "%s", errno == EISDIR ?
		    "a folder without an index, shards or one checkpoint" :
		    strerror(errno));
	n = spool_zip(r) < 0 ? -1 : detect_format(r, r->in, &format);
	if (n <= 0)
		return n < 0 ? -1 : fail_unknown(r, r->in);
	if (format && (format->files || format->member) && f->joins)
		return ckpt_fail(r, CKPT_UNSUPPORTED, "not a shard");
	if (format && format->files)
		return open_index(r, format);
	if (format && format->member)
		return open_archive(r, format);
	return open_checkpoint(r, format, f->joins);
}

int
ckpt_reader_open_file(struct ckpt_rd *r)
{
	while (r->in == NULL) {
		int n;

		if (r->archive.format) {
			n = next_archive_member(r);
			if (n != 0)
				return n;
			close_archive(r);
			r->files.at++;
		}
		if (r->files.at == r->files.n)
			return 0;
		if (open_plain(r) < 0)
			return -1;
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
	if (r->in && r->archive.format == NULL) {
		r->consumed += ckpt_input_tell(r->in);
		ckpt_input_close(r->in);	/* a member belongs to its archive */
	}
	r->in = NULL;
	r->format = NULL;
	r->file = (struct ckpt_file){ 0 };
}

int
ckpt_reader_close_file(struct ckpt_rd *r)
{
	const struct ckpt_file_list *f = &r->files;
	uint64_t shards = r->file.shards;

	close_file(r);
	if (r->archive.format == NULL) {
		if (f->at + 1 < f->n && f->file[f->at + 1].joins) {
			r->files.at++;
			return 0;
		}
		if (check_expected(r) < 0 || check_shards(r, shards) < 0)
			return -1;
	}
	if (r->started && ckpt_left_out_end(r) < 0)
		return -1;
	if (r->archive.format == NULL)
		r->files.at++;
	r->started = r->inside = false;
	return 0;
}

int
ckpt_reader_find_step(struct ckpt_rd *r, uint64_t *step)
{
	const struct ckpt_listed_file *f = &r->files.file[r->files.at];

	*step = r->entered;
	r->counted = false;
	if (r->path_step)
		return r->path_step(ckpt_path(r), step, r->path_step_arg) ? 0 :
		    ckpt_fail(r, CKPT_BAD, "no step is found in the path");
	if (r->file.has_step)
		*step = r->file.step;
	else if (r->archive.path)
		r->counted = !ckpt_path_step(r->archive.path, step);
	else if (f->has_step)
		*step = f->step;
	else
		r->counted = true;
	return 0;
}

void
ckpt_skip_file(struct ckpt_rd *r)
{
	struct ckpt_file_list *f = &r->files;

	close_file(r);
	close_archive(r);
	do
		f->at += f->at < f->n;
	while (f->at < f->n && f->file[f->at].joins);
	r->expected.n = 0;
	r->started = r->inside = r->open = false;
	r->why = CKPT_FINE;
	r->error[0] = 0;
}

void
ckpt_reader_free_files(struct ckpt_rd *r)
{
	close_file(r);
	close_archive(r);
}
