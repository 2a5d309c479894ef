/* archive_members.c - the members of a zip or a tar, in the order of the file */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "archive_members.h"
#include "base/name_map.h"
#include "base/temp_file.h"
#include "zip_check.h"

enum { PIECE = 1 << 18 };

struct archive {
	struct ckpt_rd	*rd;
	enum archive_kind kind;
	struct ckpt_input	*in;		/* the archive */
	struct ckpt_input	*spool;		/* the same from a pipe, or NULL */
	struct archive	*archive;
	struct ckpt_name_map	 names;
	char		*name;		/* of this member */
	struct ckpt_input	*member;
	const void	*block;		/* of the member: libarchive's */
	size_t		 at, n;
	uint64_t	 offset, given, size;
	bool		 end;
	unsigned char	 piece[PIECE];
};

/* ---------------------------------------------------- libarchive's reader */

static la_ssize_t
read_piece(struct archive *a, void *arg, const void **p)
{
	struct archive *m = arg;
	ptrdiff_t n = ckpt_input_read(m->in, m->piece, PIECE);

	if (n < 0)
		archive_set_error(a, errno, "%s", strerror(errno));
	*p = m->piece;
	return n;
}

static la_int64_t
skip_bytes(struct archive *a, void *arg, la_int64_t n)
{
	struct archive *m = arg;
	uint64_t before = ckpt_input_tell(m->in);

	if (n > 0 && ckpt_input_skip(m->in, (uint64_t)n) < 0) {
		archive_set_error(a, errno, "%s", strerror(errno));
		return ARCHIVE_FATAL;
	}
	return (la_int64_t)(ckpt_input_tell(m->in) - before);
}

static la_int64_t
seek_byte(struct archive *a, void *arg, la_int64_t at, int whence)
{
	struct archive *m = arg;
	int64_t from = whence == SEEK_END ? (int64_t)ckpt_input_size(m->in) :
	    whence == SEEK_CUR ? (int64_t)ckpt_input_tell(m->in) : 0;

	if (__builtin_add_overflow(from, at, &at) || at < 0 ||
	    (uint64_t)at > ckpt_input_size(m->in)) {
		archive_set_error(a, EINVAL, "cut short, or a place outside");
		return ARCHIVE_FATAL;
	}
	if (ckpt_input_seek(m->in, (uint64_t)at) < 0) {
		archive_set_error(a, errno, "%s", strerror(errno));
		return ARCHIVE_FATAL;
	}
	return at;
}

/* All of a pipe, into a temporary file. */
static int
spool(struct archive *m)
{
	int fd = ckpt_temp_file_copy(m->in);

	if (fd >= 0)
		m->spool = ckpt_input_from_fd(fd, UINT64_MAX);
	if (m->spool) {
		m->in = m->spool;
		return 0;
	}
	ckpt_fail(m->rd, CKPT_IO, "copying to a temporary file in %s: %s",
	    ckpt_temp_dir(), strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
fault(struct archive *m)
{
	const char *text = archive_error_string(m->archive);

	/* neither cut nor damaged ones are told apart from other things */
	if (text && strstr(text, "Unrecognized archive"))
		return ckpt_fail(m->rd, CKPT_CUT, "%s", m->kind == ARCHIVE_ZIP ?
		    "cut short: a zip without the directory at its end" :
		    "cut short: not all of a tar");
	return ckpt_fail(m->rd, CKPT_BAD, "%s%s%s", m->name ? m->name : "",
	    m->name ? ": " : "", text ? text : "damaged archive");
}

/* Begin to read, at the first byte. */
static int
begin(struct archive *m)
{
	struct archive *a = archive_read_new();

	m->archive = a;
	if (a == NULL)
		return ckpt_fail_memory(m->rd);
	if (m->kind == ARCHIVE_ZIP) {
		archive_read_support_format_zip_seekable(a);
		archive_read_set_seek_callback(a, seek_byte);
	} else {
		archive_read_support_format_tar(a);
	}
	if (m->kind == ARCHIVE_ANY) {
		/* one by one: some of "all" run programs */
		archive_read_support_filter_gzip(a);
		archive_read_support_filter_bzip2(a);
		archive_read_support_filter_xz(a);
		archive_read_support_filter_lzma(a);
		archive_read_support_filter_lzip(a);
		archive_read_support_filter_lz4(a);
		archive_read_support_filter_zstd(a);
		archive_read_support_format_raw(a);
	}
#ifdef CKPT_NO_HASH		/* for the fuzzer, which cannot guess sums */
	archive_read_set_options(a, "zip:ignorecrc32");
#endif
	archive_read_set_callback_data(a, m);
	archive_read_set_read_callback(a, read_piece);
	archive_read_set_skip_callback(a, skip_bytes);
	return archive_read_open1(a) < ARCHIVE_WARN ? fault(m) : 0;
}

struct archive *
ckpt_archive_open(struct ckpt_rd *rd, struct ckpt_input *in, enum archive_kind kind)
{
	struct archive *m = malloc(sizeof *m);

	if (m == NULL) {
		ckpt_fail_memory(rd);
		return NULL;
	}
	memset(m, 0, offsetof(struct archive, piece));
	m->rd = rd;
	m->in = in;
	m->kind = kind;
	if ((kind == ARCHIVE_ZIP && ckpt_input_size(in) == UINT64_MAX &&
	    spool(m) < 0) ||
	    (kind == ARCHIVE_ZIP && ckpt_zip_check(rd, m->in) < 0) ||
	    begin(m) < 0) {
		ckpt_archive_close(m);
		return NULL;
	}
	return m;
}

static void
leave(struct archive *m)
{
	ckpt_input_close(m->member);
	m->member = NULL;
	free(m->name);
	m->name = NULL;
}

int
ckpt_archive_rewind(struct archive *m)
{
	leave(m);
	ckpt_name_map_clear(&m->names, NULL);
	archive_read_free(m->archive);
	m->archive = NULL;
	if (ckpt_input_seek(m->in, 0) < 0)
		return ckpt_fail_errno(m->rd);
	return begin(m);
}

/* ---------------------------------------------------------- one member */

/* Make m->block what comes next. Blocks may leave holes, which are zero:
 * nothing that we read has them. */
static int
next_block(struct archive *m)
{
	la_int64_t offset;
	int r = archive_read_data_block(m->archive, &m->block, &m->n, &offset);
	const char *text = archive_error_string(m->archive);

	m->at = 0;
	if (r == ARCHIVE_EOF) {
		m->end = true;
		m->n = 0;
		return 0;
	}
	/* a writer that was told not to count has 0 */
	if (r == ARCHIVE_WARN && text && strstr(text, "CRC") &&
	    strstr(text, "should be 0x0") && strlen(strstr(text,
	    "should be 0x0")) == strlen("should be 0x0"))
		r = ARCHIVE_OK;
	if (r != ARCHIVE_OK)
		return fault(m);
	if ((uint64_t)offset != m->offset)
		return ckpt_fail(m->rd, CKPT_BAD, "%s: a hole", m->name);
	m->offset += m->n;
	if (m->offset > m->size)
		return ckpt_fail(m->rd, CKPT_BAD, "%s: longer than declared",
		    m->name);
	return 0;
}

/* For struct in. The last byte is held back until the end was seen, where
 * the checksum stands. */
static ptrdiff_t
read_member(void *arg, void *to, size_t n)
{
	struct archive *m = arg;
	size_t part;

	while (m->at == m->n && !m->end)
		if (next_block(m) < 0)
			return -1;
	part = m->n - m->at;
	if (part > n)
		part = n;
	if (part > 0)
		memcpy(to, (const char *)m->block + m->at, part);
	m->at += part;
	m->given += part;
	while (m->given == m->size && m->at == m->n && !m->end)
		if (next_block(m) < 0)
			return -1;
	return (ptrdiff_t)part;
}

static int
start(struct archive *m, struct archive_entry *e, struct archive_member *out)
{
	const char *name = archive_entry_pathname_utf8(e);
	int r;

	if (name == NULL)
		name = archive_entry_pathname(e);
	if (name == NULL)
		return ckpt_fail(m->rd, CKPT_BAD, "a member without a name");
	m->name = strdup(name);
	if (m->name == NULL)
		return ckpt_fail_memory(m->rd);
	if (archive_entry_hardlink(e) || archive_entry_filetype(e) != AE_IFREG)
		return ckpt_fail(m->rd, CKPT_UNSUPPORTED,
		    "%.200s: no regular file", name);
	if (archive_entry_is_encrypted(e))
		return ckpt_fail(m->rd, CKPT_UNSUPPORTED,
		    "%.200s: encrypted", name);
	r = ckpt_name_map_add(&m->names, name, NULL);
	if (r <= 0)
		return r < 0 ? ckpt_fail_memory(m->rd) : ckpt_fail(m->rd, CKPT_BAD,
		    "two members %.200s", name);
	m->size = !archive_entry_size_is_set(e) ? UINT64_MAX :
	    archive_entry_size(e) > 0 ? (uint64_t)archive_entry_size(e) : 0;
	m->offset = m->given = m->at = m->n = 0;
	m->end = false;
	m->member = ckpt_input_from_callback(read_member, m);
	if (m->member == NULL)
		return ckpt_fail_memory(m->rd);
	*out = (struct archive_member){ archive_format(m->archive) ==
	    ARCHIVE_FORMAT_RAW ? NULL : m->name, m->size, m->member };
	return 1;
}

int
ckpt_archive_next(struct archive *m, struct archive_member *out)
{
	struct archive_entry *e;

	for (;;) {
		int r;

		leave(m);
		r = archive_read_next_header(m->archive, &e);
		if (r == ARCHIVE_EOF)
			return 0;
		/* letters that this locale has not are no fault; that the
		 * headers of a member disagree is one */
		if (r < ARCHIVE_WARN || (r == ARCHIVE_WARN &&
		    !strstr(archive_error_string(m->archive), "Pathname")))
			return fault(m);
		if (archive_entry_filetype(e) != AE_IFDIR)
			return start(m, e, out);
	}
}

void
ckpt_archive_close(struct archive *m)
{
	if (m == NULL)
		return;
	leave(m);
	ckpt_input_close(m->spool);
	archive_read_free(m->archive);
	ckpt_name_map_clear(&m->names, NULL);
	free(m);
}
