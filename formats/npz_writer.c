/*
 * npz_writer.c - write NumPy arrays to npz files
 *
 * Members are stored without times, so that equal tensors make equal files.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "npy.h"

enum { ALIGN = 64, FIXED = 10 };	/* bytes of magic, version, length */

static int
fail_write(struct ckpt_out *o)
{
	int error = o->state ? archive_errno(o->state) : 0;
	const char *text = o->state ? archive_error_string(o->state) : NULL;

	if (error > 0)
		return ckpt_wfail(o->wr, "%s", strerror(error));
	return text ? ckpt_wfail(o->wr, "%s", text) : ckpt_wfail_memory(o->wr);
}

int
ckpt_npz_create(struct ckpt_out *o)
{
	struct archive *a = o->state = archive_write_new();

	if (a == NULL || archive_write_set_format_zip(a) != ARCHIVE_OK ||
	    archive_write_set_options(a, "zip:compression=store") !=
	    ARCHIVE_OK || archive_write_set_bytes_in_last_block(a, 1) !=
	    ARCHIVE_OK || archive_write_open_fd(a, o->fd) != ARCHIVE_OK)
		return fail_write(o);
	return 0;
}

static const char *
find_descr(enum ckpt_type type)
{
	switch (type) {
	case CKPT_BOOL: return "|b1";
	case CKPT_U8: return "|u1";
	case CKPT_I8: return "|i1";
	case CKPT_U16: return "<u2";
	case CKPT_I16: return "<i2";
	case CKPT_F16: return "<f2";
	case CKPT_U32: return "<u4";
	case CKPT_I32: return "<i4";
	case CKPT_F32: return "<f4";
	case CKPT_U64: return "<u8";
	case CKPT_I64: return "<i8";
	case CKPT_F64: return "<f8";
	case CKPT_C64: return "<c8";
	case CKPT_C128: return "<c16";
	default: return NULL;
	}
}

/* All that precedes the elements, padded as by NumPy. Returns its length. */
static size_t
format_header(char out[1024], const struct ckpt_tensor *t)
{
	int n = FIXED + snprintf(out + FIXED, 100, "{'descr': '%s', "
	    "'fortran_order': False, 'shape': (", find_descr(t->type));
	int size;

	for (int i = 0; i < t->rank; i++)
		n += snprintf(out + n, 30, "%s%" PRIu64 "%s", i ? " " : "",
		    t->dim[i], i + 1 < t->rank || t->rank == 1 ? "," : "");
	n += snprintf(out + n, 10, "), }");
	size = (n + 1 + ALIGN - 1) / ALIGN * ALIGN;
	memset(out + n, ' ', size - n - 1);
	out[size - 1] = '\n';
	memcpy(out, NPY_MAGIC "\1\0", 8);
	out[8] = (char)(size - FIXED);
	out[9] = (char)((size - FIXED) >> 8);
	return size;
}

static int
write_bytes(struct ckpt_out *o, const void *p, size_t n)
{
	return archive_write_data(o->state, p, n) == (la_ssize_t)n ? 0 :
	    fail_write(o);
}

int
ckpt_npz_put(struct ckpt_out *o, const struct ckpt_tensor *t)
{
	struct archive_entry *e;
	char name[CKPT_NAME + 5], start[1024];
	size_t n;
	int r;

	if (find_descr(t->type) == NULL)
		return ckpt_wfail(o->wr, "%s: NumPy has no type %s: choose one "
		    "with --dtype", t->name, ckpt_type_name(t->type));
	e = archive_entry_new();
	if (e == NULL)
		return ckpt_wfail_memory(o->wr);
	n = format_header(start, t);
	snprintf(name, sizeof name, "%s.npy", t->name);
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)(n + t->size));
	r = archive_write_header(o->state, e) == ARCHIVE_OK ? 0 : fail_write(o);
	archive_entry_free(e);
	return r < 0 || write_bytes(o, start, n) < 0 ? -1 :
	    write_bytes(o, t->data, t->size);
}

int
ckpt_npz_finish(struct ckpt_out *o)
{
	return archive_write_close(o->state) == ARCHIVE_OK ? 0 : fail_write(o);
}

void
ckpt_npz_abandon(struct ckpt_out *o)
{
	if (o->state)
		archive_write_free(o->state);
	o->state = NULL;
}
