/*
 * zip_member.c - read a member of a zip, wherever it is
 *
 * libarchive reads members in the order of the zip, and verifies their
 * checksums. So it is given a zip of one member: a local header made from the
 * directory, which always has the right numbers, and the bytes of the member.
 */
#include <stdlib.h>
#include <string.h>

#include "archive_members.h"
#include "base/endian.h"
#include "zip_member.h"

enum { LOCAL = 30, EXTRA = 20, UTF8 = 1 << 11, VERSION = 45 };

struct ckpt_zip_member {
	const struct ckpt_input *zip;
	struct ckpt_buffer head;	/* the local header */
	size_t		 done;		/* bytes of it that were read */
	uint64_t	 at, left;	/* of the member in the zip */
	struct ckpt_input *stream;	/* the zip of one member */
	struct ckpt_archive *archive;
};

/* As read(2). */
static ptrdiff_t
read_stream(void *arg, void *to, size_t n)
{
	struct ckpt_zip_member *m = arg;
	size_t left = m->head.n - m->done;
	ptrdiff_t got;

	if (left > 0) {
		n = n < left ? n : left;
		memcpy(to, m->head.p + m->done, n);
		m->done += n;
		return (ptrdiff_t)n;
	}
	n = n < m->left ? n : m->left;
	got = ckpt_input_read_at(m->zip, m->at, to, n);
	if (got > 0) {
		m->at += (uint64_t)got;
		m->left -= (uint64_t)got;
	}
	return got;
}

static int
make_header(struct ckpt_buffer *b, const struct ckpt_zip_entry *e)
{
	unsigned char head[LOCAL] = "PK\3\4", extra[EXTRA] = { 1, 0, 16 };
	bool wide = e->size >= UINT32_MAX || e->packed >= UINT32_MAX;
	size_t name = strlen(e->name);

	store_le16(head + 4, VERSION);
	store_le16(head + 6, UTF8);
	store_le16(head + 8, e->method);
	store_le32(head + 14, e->crc);
	store_le32(head + 18, wide ? UINT32_MAX : (uint32_t)e->packed);
	store_le32(head + 22, wide ? UINT32_MAX : (uint32_t)e->size);
	store_le16(head + 26, (uint16_t)name);
	store_le16(head + 28, wide ? EXTRA : 0);
	store_le64(extra + 4, e->size);
	store_le64(extra + 12, e->packed);
	return ckpt_buffer_add(b, head, LOCAL) < 0 ||
	    ckpt_buffer_add(b, e->name, name) < 0 ||
	    (wide && ckpt_buffer_add(b, extra, EXTRA) < 0) ? -1 : 0;
}

struct ckpt_zip_member *
ckpt_zip_member_open(struct ckpt_rd *rd, const struct ckpt_input *zip,
    const struct ckpt_zip_entry *e, struct ckpt_input **in)
{
	struct ckpt_zip_member *m = calloc(1, sizeof *m);
	struct archive_member member;

	if (m == NULL || make_header(&m->head, e) < 0 || (m->stream =
	    ckpt_input_from_callback(read_stream, m)) == NULL) {
		ckpt_fail_memory(rd);
		ckpt_zip_member_close(m);
		return NULL;
	}
	m->zip = zip;
	m->at = e->at;
	m->left = e->packed;
	m->archive = ckpt_archive_open(rd, m->stream, ARCHIVE_MEMBER);
	if (m->archive == NULL || ckpt_archive_next(m->archive, &member) != 1) {
		ckpt_fail(rd, CKPT_BAD, "%.200s: not a member of a zip",
		    e->name);
		ckpt_zip_member_close(m);
		return NULL;
	}
	*in = member.in;
	return m;
}

void
ckpt_zip_member_close(struct ckpt_zip_member *m)
{
	if (m == NULL)
		return;
	ckpt_archive_close(m->archive);
	ckpt_input_close(m->stream);
	free(m->head.p);
	free(m);
}
