/* zip_writer.c - zip archives that NumPy and PyTorch map into memory */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/atomic_file.h"
#include "base/endian.h"
#include "zip_writer.h"

enum {
	ALIGN = 64,
	LOCAL = 30, ENTRY = 46,		/* bytes of fixed parts */
	ZIP64 = 45,			/* the version that has 64-bit sizes */
	UTF8_NAME = 0x800, DATE = 0x21,	/* January 1, 1980 */
	UNIX = 3 << 8, MODE = 0100644
};

/* Append the lowest n bytes of x. After a failure b->p is NULL. */
static void
append(struct ckpt_buffer *b, uint64_t x, size_t n)
{
	unsigned char p[8];

	store_le64(p, x);
	if (b->p && ckpt_buffer_add(b, p, n) < 0) {
		free(b->p);
		*b = (struct ckpt_buffer){ 0 };
	}
}

/* Append what local headers and the directory have in common. */
static void
append_member(struct ckpt_buffer *b, uint32_t crc, uint64_t size,
    const char *name, size_t extra)
{
	append(b, ZIP64, 2);
	append(b, UTF8_NAME, 2);
	append(b, 0, 4);		/* stored; 0:00 */
	append(b, DATE, 2);
	append(b, crc, 4);
	append(b, size < UINT32_MAX ? size : UINT32_MAX, 4);
	append(b, size < UINT32_MAX ? size : UINT32_MAX, 4);
	append(b, strlen(name), 2);
	append(b, extra, 2);
}

static void
append_name(struct ckpt_buffer *b, const char *name)
{
	for (; *name; name++)
		append(b, (unsigned char)*name, 1);
}

/* Begin a buffer that can be appended to. */
static int
reserve(struct ckpt_out *o, struct ckpt_buffer *b)
{
	return ckpt_buffer_reserve(b, 1) < 0 ? ckpt_wfail_memory(o->wr) : 0;
}

/* The header before a member, with a field "FB" as PyTorch has it, to align the
 * bytes that follow. */
static int
make_local_header(struct ckpt_out *o, struct zip_writer *z, const char *name,
    uint32_t crc, uint64_t size)
{
	struct ckpt_buffer *b = &z->header;
	size_t wide = size < UINT32_MAX ? 0 : 20;
	size_t padding = -(z->at + LOCAL + strlen(name) + wide) % ALIGN;

	if (padding > 0 && padding < 4)
		padding += ALIGN;
	b->n = 0;
	if (reserve(o, b) < 0)
		return -1;
	append(b, 0x04034b50, 4);
	append_member(b, crc, size, name, wide + padding);
	append_name(b, name);
	if (wide) {
		append(b, 1, 2);
		append(b, 16, 2);
		append(b, size, 8);
		append(b, size, 8);
	}
	if (padding) {
		append(b, 'F' | 'B' << 8, 2);
		append(b, padding - 4, 2);
	}
	for (size_t i = 4; i < padding; i++)
		append(b, 'Z', 1);
	return b->p ? 0 : ckpt_wfail_memory(o->wr);
}

static int
add_entry(struct ckpt_out *o, struct zip_writer *z, const char *name,
    uint32_t crc, uint64_t size)
{
	struct ckpt_buffer *b = &z->directory;
	bool far = z->at >= UINT32_MAX;
	size_t wide = (size < UINT32_MAX ? 0 : 16) + (far ? 8 : 0);

	if (reserve(o, b) < 0)
		return -1;
	append(b, 0x02014b50, 4);
	append(b, UNIX | ZIP64, 2);
	append_member(b, crc, size, name, wide ? 4 + wide : 0);
	append(b, 0, 6);		/* no comment, first disk, binary */
	append(b, (uint32_t)MODE << 16, 4);
	append(b, far ? UINT32_MAX : z->at, 4);
	append_name(b, name);
	if (wide) {
		append(b, 1, 2);
		append(b, wide, 2);
	}
	if (size >= UINT32_MAX) {
		append(b, size, 8);
		append(b, size, 8);
	}
	if (far)
		append(b, z->at, 8);
	return b->p ? 0 : ckpt_wfail_memory(o->wr);
}

static int
write_bytes(struct ckpt_out *o, struct zip_writer *z, const void *p, size_t n)
{
	z->at += n;
	return ckpt_write_all(o->fd, p, n) < 0 ? ckpt_wfail_errno(o->wr) : 0;
}

int
ckpt_zip_add(struct ckpt_out *o, struct zip_writer *z, const char *name,
    const void *head, size_t n, const void *data, uint64_t size)
{
	/* zlib takes NULL for the start of a checksum */
	uint32_t crc = n > 0 ? crc32_z(0, head, n) : 0;

	if (size > 0)
		crc = crc32_z(crc, data, size);
	if (make_local_header(o, z, name, crc, n + size) < 0 ||
	    add_entry(o, z, name, crc, n + size) < 0)
		return -1;
	z->members++;
	return write_bytes(o, z, z->header.p, z->header.n) < 0 ||
	    write_bytes(o, z, head, n) < 0 ? -1 :
	    write_bytes(o, z, data, size);
}

int
ckpt_zip_finish(struct ckpt_out *o, struct zip_writer *z)
{
	struct ckpt_buffer *b = &z->directory;
	uint64_t size = b->n, end = z->at + size;
	bool wide = z->at >= UINT32_MAX || size >= UINT32_MAX ||
	    z->members >= 0xffff;

	if (reserve(o, b) < 0)
		return -1;
	if (wide) {
		append(b, 0x06064b50, 4);
		append(b, 44, 8);	/* bytes that follow */
		append(b, UNIX | ZIP64, 2);
		append(b, ZIP64, 2);
		append(b, 0, 8);	/* the first disk, twice */
		append(b, z->members, 8);
		append(b, z->members, 8);
		append(b, size, 8);
		append(b, z->at, 8);
		append(b, 0x07064b50, 4);
		append(b, 0, 4);
		append(b, end, 8);
		append(b, 1, 4);	/* disks */
	}
	append(b, 0x06054b50, 4);
	append(b, 0, 4);
	append(b, wide ? 0xffff : z->members, 2);
	append(b, wide ? 0xffff : z->members, 2);
	append(b, wide ? UINT32_MAX : size, 4);
	append(b, wide ? UINT32_MAX : z->at, 4);
	append(b, 0, 2);		/* no comment */
	return b->p == NULL ? ckpt_wfail_memory(o->wr) :
	    write_bytes(o, z, b->p, b->n);
}

void
ckpt_zip_free(struct zip_writer *z)
{
	free(z->directory.p);
	free(z->header.p);
}
