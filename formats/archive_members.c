/* archive_members.c - the members of a zip or tar archive, in file order */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "archive_reader.h"
#include "zip_directory.h"

bool
ckpt_archive_is_tar(const unsigned char *head, size_t n)
{
	return n > 262 && memcmp(head + 257, "ustar", 5) == 0;
}

/* ------------------------------------------------ libarchive's callbacks */

static la_ssize_t
read_input(struct archive *archive, void *arg, const void **p)
{
	struct ckpt_archive *a = arg;
	ptrdiff_t n = ckpt_input_read(a->in, a->piece, PIECE);

	if (n < 0) {
		ckpt_fail_errno(a->rd);
		archive_set_error(archive, EIO, "I/O error");
	}
	*p = a->piece;
	if (a->records && n > 0 && ckpt_buffer_add(&a->head, a->piece, n) < 0) {
		ckpt_fail_memory(a->rd);
		archive_set_error(archive, ENOMEM, "out of memory");
		return -1;
	}
	return n;
}

static la_int64_t
skip_input(struct archive *archive, void *arg, la_int64_t n)
{
	struct ckpt_archive *a = arg;
	uint64_t before = ckpt_input_tell(a->in);

	if (n > 0 && ckpt_input_skip(a->in, (uint64_t)n) < 0) {
		ckpt_fail_errno(a->rd);
		archive_set_error(archive, EIO, "I/O error");
		return ARCHIVE_FATAL;
	}
	return (la_int64_t)(ckpt_input_tell(a->in) - before);
}

static la_int64_t
seek_input(struct archive *archive, void *arg, la_int64_t at, int origin)
{
	struct ckpt_archive *a = arg;
	int64_t from = origin == SEEK_END ? (int64_t)ckpt_input_size(a->in) :
	    origin == SEEK_CUR ? (int64_t)ckpt_input_tell(a->in) : 0;

	if (__builtin_add_overflow(from, at, &at) || at < 0 ||
	    (uint64_t)at > ckpt_input_size(a->in)) {
		archive_set_error(archive, EINVAL,
		    "cut short, or an offset outside the file");
		return ARCHIVE_FATAL;
	}
	if (ckpt_input_seek(a->in, (uint64_t)at) < 0) {
		ckpt_fail_errno(a->rd);
		archive_set_error(archive, EIO, "I/O error");
		return ARCHIVE_FATAL;
	}
	return at;
}

/* ------------------------------------------------------------ the archive */

/* Report an error of libarchive, unless a callback has reported its own. */
static int
fail_archive(struct ckpt_archive *a)
{
	const char *text = archive_error_string(a->archive);

	if (a->quiet)
		return -1;
	/* the code does not distinguish a cut archive from a damaged one */
	if (text && strstr(text, "Unrecognized archive"))
		return ckpt_fail(a->rd, CKPT_CUT, "%s", a->kind == ARCHIVE_ZIP ?
		    "cut short: a zip without its central directory" :
		    "cut short: an incomplete tar");
	return ckpt_fail(a->rd, CKPT_BAD, "%s%s%s", a->name ? a->name : "",
	    a->name ? ": " : "", text ? text : "damaged archive");
}

/* Open libarchive's reader of a->in. */
static int
start_reader(struct ckpt_archive *a)
{
	struct archive *archive = archive_read_new();

	a->archive = archive;
	if (archive == NULL)
		return ckpt_fail_memory(a->rd);
	if (a->kind == ARCHIVE_MEMBER) {
		archive_read_support_format_zip_streamable(archive);
	} else if (a->kind == ARCHIVE_ZIP) {
		archive_read_support_format_zip_seekable(archive);
		archive_read_set_seek_callback(archive, seek_input);
	} else if (a->kind != ARCHIVE_STREAM) {
		archive_read_support_format_tar(archive);
	}
	if (a->kind == ARCHIVE_ANY || a->kind == ARCHIVE_STREAM) {
		/* not filter_all: some filters run external programs */
		archive_read_support_filter_gzip(archive);
		archive_read_support_filter_bzip2(archive);
		archive_read_support_filter_xz(archive);
		archive_read_support_filter_lzma(archive);
		archive_read_support_filter_lzip(archive);
		archive_read_support_filter_lz4(archive);
		archive_read_support_filter_zstd(archive);
		archive_read_support_format_raw(archive);
	}
#ifdef CKPT_NO_HASH		/* a fuzzer cannot guess checksums */
	archive_read_set_options(archive, "zip:ignorecrc32");
#endif
	archive_read_set_callback_data(archive, a);
	archive_read_set_read_callback(archive, read_input);
	archive_read_set_skip_callback(archive, skip_input);
	return archive_read_open1(archive) < ARCHIVE_WARN ? fail_archive(a) : 0;
}

struct ckpt_archive *
ckpt_archive_open(struct ckpt_rd *rd, struct ckpt_input *in,
    enum archive_kind kind)
{
	struct ckpt_archive *a = malloc(sizeof *a);
	bool is_zip = kind == ARCHIVE_ZIP;

	if (a == NULL) {
		ckpt_fail_memory(rd);
		return NULL;
	}
	memset(a, 0, offsetof(struct ckpt_archive, piece));
	a->rd = rd;
	a->in = in;
	a->kind = kind;
	a->fresh = true;
	a->records = kind == ARCHIVE_ANY && ckpt_input_size(in) == UINT64_MAX;
	if (is_zip && ckpt_input_size(in) == UINT64_MAX)
		a->in = a->copy = ckpt_spool(rd, in);
	if (a->in == NULL || (is_zip && ckpt_zip_check(rd, a->in) < 0) ||
	    start_reader(a) < 0) {
		ckpt_archive_close(a);
		return NULL;
	}
	return a;
}

static void
close_member(struct ckpt_archive *a)
{
	ckpt_input_close(a->member);
	a->member = NULL;
	free(a->name);
	a->name = NULL;
}

int
ckpt_archive_rewind(struct ckpt_archive *a, uint64_t at)
{
	close_member(a);
	ckpt_name_map_clear(&a->names, NULL);
	archive_read_free(a->archive);
	a->archive = NULL;
	a->fresh = at == 0;
	if (ckpt_input_seek(a->in, at) < 0)
		return ckpt_fail_errno(a->rd);
	return start_reader(a);
}

/* ------------------------------------------------------------ one member */

/* Whether the error is a CRC that was left 0 by a writer asked not to compute
 * it. */
static bool
is_crc_missing(const char *text)
{
	static const char zero[] = "should be 0x0";
	const char *end = text ? strstr(text, zero) : NULL;

	return end && strstr(text, "CRC") && end[strlen(zero)] == 0;
}

/* Read the next block of the member. Sparse files, whose blocks leave holes,
 * are refused. */
static int
read_block(struct ckpt_archive *a)
{
	la_int64_t offset;
	int r = archive_read_data_block(a->archive, &a->block, &a->n, &offset);

	a->at = 0;
	if (r == ARCHIVE_EOF) {
		a->end = true;
		a->n = 0;
		return 0;
	}
	/* libarchive warns of a wrong CRC, and since version 3.7 it fails */
	if (r != ARCHIVE_OK && !(r != ARCHIVE_FATAL &&
	    is_crc_missing(archive_error_string(a->archive))))
		return fail_archive(a);
	if ((uint64_t)offset != a->offset)
		return ckpt_fail(a->rd, CKPT_BAD, "%s: a sparse file", a->name);
	a->offset += a->n;
	if (a->offset > a->size)
		return ckpt_fail(a->rd, CKPT_BAD, "%s: longer than declared",
		    a->name);
	return 0;
}

/* The callback of a->member. The last byte is held back until libarchive has
 * read to the end, where it verifies the checksum. */
static ptrdiff_t
read_member(void *arg, void *to, size_t n)
{
	struct ckpt_archive *a = arg;
	size_t part;

	while (a->at == a->n && !a->end)
		if (read_block(a) < 0)
			return -1;
	part = a->n - a->at;
	if (part > n)
		part = n;
	if (part > 0)
		memcpy(to, (const char *)a->block + a->at, part);
	a->at += part;
	a->read += part;
	while (a->read == a->size && a->at == a->n && !a->end)
		if (read_block(a) < 0)
			return -1;
	return (ptrdiff_t)part;
}

const char *
ckpt_archive_name(struct ckpt_archive *a, struct archive_entry *e)
{
	const char *name = archive_entry_pathname_utf8(e);

	if (name == NULL)
		name = archive_entry_pathname(e);
	if (name == NULL)
		ckpt_fail(a->rd, CKPT_BAD, "a member without a name");
	return name;
}

int
ckpt_archive_open_entry(struct ckpt_archive *a, struct archive_entry *e,
    struct archive_member *out)
{
	const char *name = ckpt_archive_name(a, e);
	int r;

	if (name == NULL)
		return -1;
	a->name = strdup(name);
	if (a->name == NULL)
		return ckpt_fail_memory(a->rd);
	if (archive_entry_hardlink(e) || archive_entry_filetype(e) != AE_IFREG)
		return ckpt_fail(a->rd, CKPT_UNSUPPORTED,
		    "%.200s: not a regular file", name);
	if (archive_entry_is_encrypted(e))
		return ckpt_fail(a->rd, CKPT_UNSUPPORTED,
		    "%.200s: encrypted", name);
	r = ckpt_name_map_add(&a->names, name, NULL);
	if (r <= 0)
		return r < 0 ? ckpt_fail_memory(a->rd) : ckpt_fail(a->rd,
		    CKPT_BAD, "two members %.200s", name);
	a->size = !archive_entry_size_is_set(e) ? UINT64_MAX :
	    archive_entry_size(e) > 0 ? (uint64_t)archive_entry_size(e) : 0;
	a->offset = a->read = a->at = a->n = 0;
	a->end = false;
	a->member = ckpt_input_from_callback(read_member, a);
	if (a->member == NULL)
		return ckpt_fail_memory(a->rd);
	*out = (struct archive_member){ archive_format(a->archive) ==
	    ARCHIVE_FORMAT_RAW ? NULL : a->name, a->size, a->member };
	return 1;
}

int
ckpt_archive_next_entry(struct ckpt_archive *a, struct archive_entry **e)
{
	do {
		int r;

		close_member(a);
		a->fresh = false;
		r = archive_read_next_header(a->archive, e);
		if (r == ARCHIVE_EOF)
			return 0;
		/* a name that the locale cannot represent is accepted, local
		 * and central headers that disagree are not */
		if (r < ARCHIVE_WARN || (r == ARCHIVE_WARN &&
		    !strstr(archive_error_string(a->archive), "Pathname")))
			return fail_archive(a);
	} while (archive_entry_filetype(*e) == AE_IFDIR);
	return 1;
}

int
ckpt_archive_next(struct ckpt_archive *a, struct archive_member *out)
{
	struct archive_entry *e;
	int r = ckpt_archive_next_entry(a, &e);

	return r == 1 ? ckpt_archive_open_entry(a, e, out) : r;
}

void
ckpt_archive_close(struct ckpt_archive *a)
{
	if (a == NULL)
		return;
	close_member(a);
	ckpt_input_close(a->copy);
	archive_read_free(a->archive);
	ckpt_name_map_clear(&a->names, NULL);
	ckpt_name_map_clear(&a->places, NULL);
	free(a->head.p);
	free(a);
}
