/*
 * torch_numpy.c - arrays and scalars of NumPy in a pickle
 *
 * An array is _reconstruct(ndarray, (0,), b'b') with the state (version, shape,
 * dtype, is_fortran, data); since protocol 5, _frombuffer(data, dtype, shape,
 * order). A scalar is scalar(dtype, data). In protocol 2 the data is a call,
 * _codecs.encode(text, 'latin1'). A dtype is dtype('f4', False, True) with the
 * state (version, byte order, ...).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torch.h"

enum numpy { NOT_NUMPY, ARRAY, BUFFER, SCALAR };

/* What the callee of a node makes. */
static enum numpy
find_kind(const struct ckpt_pickle_node *x)
{
	static const struct { const char *name; enum numpy kind; } callees[] = {
		{ "multiarray._reconstruct", ARRAY },
		{ "multiarray.scalar", SCALAR },
		{ "numeric._frombuffer", BUFFER },
	};
	const char *name = x->type == PK_OBJECT &&
	    x->item[PK_CALLEE]->type == PK_GLOBAL ?
	    x->item[PK_CALLEE]->text : "";

	if (strncmp(name, "numpy._core.", 12) == 0)
		name += 12;
	else if (strncmp(name, "numpy.core.", 11) == 0)
		name += 11;
	else
		return NOT_NUMPY;
	for (size_t i = 0; i < sizeof callees / sizeof *callees; i++)
		if (strcmp(name, callees[i].name) == 0)
			return callees[i].kind;
	return NOT_NUMPY;
}

bool
ckpt_torch_is_numpy(const struct ckpt_pickle_node *x)
{
	return find_kind(x) != NOT_NUMPY;
}

bool
ckpt_torch_is_numpy_scalar(const struct ckpt_pickle_node *x)
{
	return find_kind(x) == SCALAR;
}

/* The parts of an array; data is NULL if it has no bytes. */
struct parts {
	const struct ckpt_pickle_node *shape, *dtype, *data;
	bool		 fortran;
};

static bool
split_node(const struct ckpt_pickle_node *x, struct parts *p)
{
	const struct ckpt_pickle_node *a = x->item[PK_ARGS];
	const struct ckpt_pickle_node *s = x->item[PK_STATE];

	*p = (struct parts){ 0 };
	switch (find_kind(x)) {
	case ARRAY:
		if (s == NULL || s->type != PK_TUPLE || s->n < 5)
			return false;
		p->shape = ckpt_torch_int_tuple(s->item[s->n - 4]);
		p->dtype = s->item[s->n - 3];
		p->fortran = s->item[s->n - 2]->type == PK_BOOL &&
		    s->item[s->n - 2]->i;
		p->data = s->item[s->n - 1];
		return p->shape != NULL;
	case BUFFER:
		if (a->n < 4)
			return false;
		p->data = a->item[0];
		p->dtype = a->item[1];
		p->shape = ckpt_torch_int_tuple(a->item[2]);
		p->fortran = ckpt_pickle_is_text(a->item[3], "F");
		return p->shape != NULL;
	case SCALAR:
		if (a->n < 2)
			return false;
		p->dtype = a->item[0];
		p->data = a->item[1];
		return true;
	default:
		return false;
	}
}

/* Write a dtype as in the header of a npy file: "<f4"; "?" if it is none. */
static void
format_dtype(const struct ckpt_pickle_node *x, char s[24])
{
	const struct ckpt_pickle_node *name, *order = NULL;

	snprintf(s, 24, "?");
	if (x->type != PK_OBJECT || x->item[PK_ARGS]->n == 0 ||
	    !ckpt_pickle_is_global(x->item[PK_CALLEE], "numpy.dtype"))
		return;
	name = x->item[PK_ARGS]->item[0];
	if (x->item[PK_STATE] && x->item[PK_STATE]->type == PK_TUPLE &&
	    x->item[PK_STATE]->n > 1)
		order = x->item[PK_STATE]->item[1];
	if (name->type == PK_GLOBAL)
		snprintf(s, 24, "%.20s", strrchr(name->text, '.') ?
		    strrchr(name->text, '.') + 1 : name->text);
	if (name->type == PK_TEXT)
		snprintf(s, 24, "%c%.20s", order && order->type == PK_TEXT &&
		    order->n == 1 ? *order->text : '|', name->text);
}

static const struct ckpt_pickle_node no_bytes = { .type = PK_BYTES,
    .text = "" };

/* The node with the bytes: itself, or the text that is encoded. */
static const struct ckpt_pickle_node *
find_bytes(const struct ckpt_pickle_node *x, bool *latin1)
{
	*latin1 = x->type == PK_OBJECT && x->item[PK_ARGS]->n == 2 &&
	    ckpt_pickle_is_global(x->item[PK_CALLEE], "_codecs.encode") &&
	    ckpt_pickle_is_text(x->item[PK_ARGS]->item[1], "latin1");
	if (*latin1)
		x = x->item[PK_ARGS]->item[0];
	else if (x->type == PK_OBJECT &&
	    (ckpt_pickle_is_global(x->item[PK_CALLEE], "builtins.bytearray") ||
	    ckpt_pickle_is_global(x->item[PK_CALLEE], "builtins.bytes")))
		x = x->item[PK_ARGS]->n == 0 ? &no_bytes :
		    x->item[PK_ARGS]->item[0];
	return x->type == PK_TEXT || x->type == PK_BYTES ? x : NULL;
}

/* ------------------------------------------------------------- the bytes */

struct source {
	const struct ckpt_pickle_node *x;
	bool		 latin1;
	bool		 bad;		/* not Latin-1 */
	size_t		 at;
};

/* As read(2). Latin-1 in UTF-8 has one or two bytes for each. */
static ptrdiff_t
read_source(void *arg, void *to, size_t n)
{
	struct source *s = arg;
	const unsigned char *from = (const unsigned char *)s->x->text;
	unsigned char *p = to;
	size_t left = s->x->n - s->at, i = 0;

	if (!s->latin1) {
		n = n < left ? n : left;
		if (n > 0)
			memcpy(to, from + s->at, n);
		s->at += n;
		return (ptrdiff_t)n;
	}
	for (; i < n && s->at < s->x->n; i++) {
		unsigned c = from[s->at++];

		if (c >= 0x80) {
			s->bad = s->bad || (c != 0xc2 && c != 0xc3) ||
			    s->at == s->x->n || (from[s->at] & 0xc0) != 0x80;
			if (s->at < s->x->n)
				c = c << 6 | (from[s->at++] & 0x3f);
		}
		p[i] = (unsigned char)c;
	}
	return (ptrdiff_t)i;
}

static const char misfit[] = "not as many bytes as its shape needs";

int
ckpt_torch_load_numpy(struct ckpt_rd *rd, const struct torch_tensor *v,
    const struct ckpt_tensor *t, struct ckpt_buffer *b)
{
	struct source s = { 0 };
	struct ckpt_input *in;
	int r;

	s.x = find_bytes(v->array, &s.latin1);
	in = ckpt_input_from_callback(read_source, &s);
	if (in == NULL)
		return ckpt_fail_memory(rd);
	r = ckpt_npy_load(rd, in, &v->layout, t, b);
	ckpt_input_close(in);
	return r < 0 || (!s.bad && s.at == s.x->n) ? r : ckpt_fail(rd,
	    CKPT_BAD, "%.200s: %s", t->name, misfit);
}

/* --------------------------------------------------------------- arrays */

static int
fail_array(struct torch_reader *t, const char *name, const char *what)
{
	return ckpt_wants(t->pickle.rd, name) ? ckpt_fail(t->pickle.rd,
	    CKPT_BAD, "%.200s: %s", name, what) : 0;
}

int
ckpt_torch_read_numpy(struct torch_reader *t, const struct ckpt_pickle_node *x,
    const char *name, struct torch_tensor *v)
{
	struct parts p;
	struct ckpt_tensor shape;
	char dtype[24];
	bool latin1;

	if (!split_node(x, &p))
		return fail_array(t, name, "not an array of NumPy");
	v->dim = p.shape;
	if (v->dim && v->dim->n > CKPT_RANK)
		return fail_array(t, name, "more than 32 dimensions");
	format_dtype(p.dtype, dtype);
	v->type = ckpt_npy_find_type(dtype, &v->layout.swap);
	v->layout.type = v->type;
	v->layout.fortran = p.fortran;
	if (v->type == CKPT_OTHER) {
		const struct ckpt_pickle_node *text = ckpt_pickle_new_text(
		    &t->pickle, PK_TEXT, dtype + (*dtype == '|'),
		    strlen(dtype) - (*dtype == '|'));

		v->dtype = text ? text->text : NULL;
		return text ? 0 : -1;
	}
	ckpt_torch_set_shape(v->type, v->dim, &shape);
	if (ckpt_measure(&shape) < 0)
		return fail_array(t, name, "dimensions overflow");
	x = find_bytes(p.data, &latin1);
	/* text is decoded when it is loaded, not each time it is named */
	if (x == NULL || x->n < shape.size || (!latin1 && x->n != shape.size))
		return fail_array(t, name, misfit);
	v->array = p.data;
	return 1;
}

int
ckpt_torch_numpy_value(struct torch_reader *t,
    const struct ckpt_pickle_node *x, double *value)
{
	struct ckpt_buffer b = { 0 };
	struct torch_tensor v = { 0 };
	struct ckpt_tensor shape = { .name = "number" };
	struct parts p;
	char dtype[24];
	unsigned swap;
	int r = -1;

	if (!split_node(x, &p))
		return -1;
	format_dtype(p.dtype, dtype);
	if (ckpt_npy_find_type(dtype, &swap) == CKPT_OTHER ||
	    ckpt_torch_read_numpy(t, x, "", &v) != 1)
		return -1;
	ckpt_torch_set_shape(v.type, v.dim, &shape);
	ckpt_measure(&shape);
	if (shape.len == 1 && ckpt_torch_load_numpy(t->pickle.rd, &v, &shape,
	    &b) == 0)
		r = ckpt_to_double(value, b.p, v.type, 1);
	free(b.p);
	return r;
}
