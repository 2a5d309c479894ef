/* npy.c - NumPy arrays in npy files */
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/ndindex.h"
#include "npy.h"

struct state {
	struct npy_layout array;
	struct ckpt_tensor tensor;
	char		*name;
	bool		 done;		/* the tensor was returned */
	uint64_t	 data;		/* offset of the elements */
};

/* ------------------------------------------------------------ elements */

/* Copy an array in Fortran order to one in C order. */
static void
copy_fortran(unsigned char *to, const unsigned char *from,
    const struct ckpt_tensor *t)
{
	size_t size = ckpt_type_size(t->type);
	uint64_t at[CKPT_RANK] = { 0 }, stride[CKPT_RANK], place = 0;

	for (int i = 0; i < t->rank; i++)
		stride[i] = i ? stride[i - 1] * t->dim[i - 1] : size;
	for (uint64_t n = 0; n < t->len; n++, to += size) {
		memcpy(to, from + place, size);
		place += ckpt_ndindex_next(at, t->dim, stride, t->rank);
	}
}

int
ckpt_npy_load(struct ckpt_rd *rd, struct ckpt_input *in,
    const struct npy_layout *a, const struct ckpt_tensor *t,
    struct ckpt_buffer *b)
{
	struct ckpt_buffer fortran = { 0 };
	int r;

	if (!a->fortran || t->rank < 2) {
		r = ckpt_gather(rd, in, b, t->size, t->name);
	} else {
		r = ckpt_gather(rd, in, &fortran, t->size, t->name);
		if (r == 0 && ckpt_buffer_reserve(b, t->size) < 0)
			r = ckpt_fail_memory(rd);
		if (r == 0) {
			copy_fortran(b->p + b->n, fortran.p, t);
			b->n += t->size;
		}
		free(fortran.p);
	}
	if (r == 0 && a->swap)
		reverse_elements(b->p, t->size, a->swap);
	return r;
}

/* ---------------------------------------------------------------- file */

static bool
probe(const unsigned char *head, size_t n)
{
	return n >= 6 && memcmp(head, NPY_MAGIC, 6) == 0;
}

/* The base name of a path, or of a member of an archive, without ".npy". */
static char *
make_name(const char *path)
{
	const char *p = path + strlen(path);
	char *name;
	size_t n;

	while (p > path && p[-1] != '/' && p[-1] != ':')
		p--;
	name = strdup(p);
	n = name ? strlen(name) : 0;

	if (n > 4 && strcmp(name + n - 4, ".npy") == 0)
		name[n - 4] = 0;
	return name;
}

static int
open_file(struct ckpt_file *f)
{
	struct state *s = calloc(1, sizeof *s);

	f->state = s;
	if (s == NULL || (s->name = make_name(f->path)) == NULL)
		return ckpt_fail_memory(f->rd);
	if (ckpt_npy_read_header(f->rd, f->in, &s->array, &s->tensor,
	    s->name) < 0)
		return -1;
	s->data = ckpt_input_tell(f->in);
	if (s->tensor.type == CKPT_OTHER &&
	    ckpt_input_size(f->in) != UINT64_MAX)
		s->tensor.size = ckpt_input_size(f->in) - s->data;
	return 0;
}

/* Skip the elements, which must be followed by the end. */
static int
skip_elements(struct ckpt_file *f)
{
	struct state *s = f->state;
	const unsigned char *p;
	size_t n = 1;
	int r;

	if (s->tensor.type == CKPT_OTHER) {	/* of unknown size */
		while ((r = ckpt_input_skip(f->in, 1 << 20)) == 1)
			;
		return r < 0 ? ckpt_fail_errno(f->rd) : 0;
	}
	if (ckpt_skip(f->rd, f->in, s->data + s->tensor.size -
	    ckpt_input_tell(f->in), s->name) < 0)
		return -1;
	if (ckpt_input_peek(f->in, &p, &n) < 0)
		return ckpt_fail_errno(f->rd);
	return n == 0 ? 0 : ckpt_fail(f->rd, CKPT_BAD, "bytes after the array");
}

static int
next(struct ckpt_file *f, struct ckpt_tensor *t)
{
	struct state *s = f->state;

	if (s->done)
		return skip_elements(f);
	s->done = true;
	*t = s->tensor;
	t->name = s->name;
	return 1;
}

static int
load(struct ckpt_file *f, struct ckpt_tensor *t, struct ckpt_buffer *b)
{
	struct state *s = f->state;

	return ckpt_npy_load(f->rd, f->in, &s->array, t, b);
}

static void
close_file(struct ckpt_file *f)
{
	struct state *s = f->state;

	if (s)
		free(s->name);
	free(s);
	f->state = NULL;
}

const struct ckpt_format ckpt_format_npy = {
	.name = "npy",
	.probe = probe,
	.open = open_file,
	.next = next,
	.load = load,
	.close = close_file,
};
