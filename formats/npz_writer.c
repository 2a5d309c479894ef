/* npz_writer.c - write NumPy arrays to npz files */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "npy.h"
#include "zip_writer.h"

enum { ALIGN = 64, FIXED = 10 };	/* bytes of magic, version, length */

int
ckpt_npz_create(struct ckpt_out *o)
{
	o->state = calloc(1, sizeof(struct zip_writer));
	return o->state ? 0 : ckpt_wfail_memory(o->wr);
}

/* All that precedes the elements, padded as by NumPy. Returns its length. */
static size_t
format_header(char out[1024], const struct ckpt_tensor *t, const char *descr)
{
	int n = FIXED + snprintf(out + FIXED, 100, "{'descr': '%s', "
	    "'fortran_order': False, 'shape': (", descr);
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

int
ckpt_npz_put(struct ckpt_out *o, const struct ckpt_tensor *t)
{
	char name[CKPT_NAME + 5], header[1024], descr[NPY_DESCR];

	if (!ckpt_npy_format_descr(t->type, descr))
		return ckpt_wfail(o->wr, "%s: NumPy has no type %s: choose one "
		    "with --dtype", t->name, ckpt_type_name(t->type));
	snprintf(name, sizeof name, "%s.npy", t->name);
	return ckpt_zip_add(o, o->state, name, header,
	    format_header(header, t, descr), t->data, t->size);
}

int
ckpt_npz_finish(struct ckpt_out *o)
{
	return ckpt_zip_finish(o, o->state);
}

void
ckpt_npz_abandon(struct ckpt_out *o)
{
	if (o->state)
		ckpt_zip_free(o->state);
	free(o->state);
	o->state = NULL;
}
