/* torch_view.c - tensors of a pickle: the calls that rebuild them as views */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/ndindex.h"
#include "torch.h"

/* The functions that return tensors, and the positions of their arguments. */
static const struct constructor {
	const char	*name;
	enum { VIEW, WRAPPED, BY_TYPE } kind;
	unsigned	 args;		/* required arguments */
	unsigned	 dtype;		/* position of the dtype, or 0 */
	unsigned	 flags;		/* position of conj and neg, or 0 */
} constructors[] = {
	{ "torch._utils._rebuild_tensor", VIEW, 4, 0, 0 },
	{ "torch._utils._rebuild_tensor_v2", VIEW, 4, 0, 6 },
	{ "torch._utils._rebuild_tensor_v3", VIEW, 7, 6, 7 },
	{ "torch._utils._rebuild_parameter", WRAPPED, 1, 0, 0 },
	{ "torch._utils._rebuild_parameter_with_state", WRAPPED, 1, 0, 0 },
	{ "torch.nn.parameter.Parameter", WRAPPED, 1, 0, 0 },
	{ "torch.autograd.variable.Variable", WRAPPED, 1, 0, 0 },
	{ "torch._tensor._rebuild_from_type", BY_TYPE, 3, 0, 0 },
	{ "torch._tensor._rebuild_from_type_v2", BY_TYPE, 3, 0, 0 },
};

enum { NESTED = 8 };		/* parameters of parameters */

static const struct constructor *
find_constructor(const struct ckpt_pickle_node *callee)
{
	for (size_t i = 0; i < sizeof constructors / sizeof *constructors; i++)
		if (ckpt_pickle_is_global(callee, constructors[i].name))
			return &constructors[i];
	return NULL;
}

static int
fail_tensor(struct torch_reader *t, const char *name, const char *what)
{
	return ckpt_fail(t->pickle.rd, CKPT_BAD, "%.200s: %s", name, what);
}

/* A call that is not known: refuse it if it seems to make a tensor. */
static int
check_callee(struct torch_reader *t, const char *name,
    const struct ckpt_pickle_node *callee, const struct ckpt_pickle_node *args)
{
	const char *what = callee->type == PK_GLOBAL ? callee->text : "?";

	for (size_t i = 0; i < args->n && i < 16; i++) {
		const struct ckpt_pickle_node *a = args->item[i];

		if (a->type == PK_PERSISTENT || (a->type == PK_OBJECT &&
		    find_constructor(a->item[PK_CALLEE])))
			return ckpt_fail(t->pickle.rd, CKPT_UNSUPPORTED,
			    "%.200s: a tensor made by %.200s, which is not "
			    "supported", name, what);
	}
	if (strncmp(what, "torch._utils._rebuild_", 22) == 0 ||
	    strncmp(what, "torch.distributed.", 18) == 0)
		return ckpt_fail(t->pickle.rd, CKPT_UNSUPPORTED,
		    "%.200s: %.200s is not supported", name, what);
	if (t->unknown == NULL)
		t->unknown = what;
	return 0;
}

const struct ckpt_pickle_node *
ckpt_torch_int_tuple(const struct ckpt_pickle_node *x)
{
	if (x->type == PK_OBJECT && x->item[PK_ARGS]->n == 1 &&
	    ckpt_pickle_is_global(x->item[PK_CALLEE], "torch.Size"))
		x = x->item[PK_ARGS]->item[0];
	if (x->type != PK_TUPLE && x->type != PK_LIST)
		return NULL;
	for (size_t i = 0; i < x->n && i < CKPT_RANK; i++)
		if (x->item[i]->type != PK_INT || x->item[i]->i < 0)
			return NULL;
	return x;
}

/* The bytes from the first element to the end of the last one. */
static bool
measure_reach(const struct torch_tensor *v, const struct ckpt_tensor *t,
    uint64_t *n)
{
	uint64_t last = 0, part;

	*n = 0;
	if (t->len == 0)
		return true;
	for (int i = 0; i < t->rank; i++)
		if (__builtin_mul_overflow(t->dim[i] - 1,
		    (uint64_t)v->stride->item[i]->i, &part) ||
		    __builtin_add_overflow(last, part, &last))
			return false;
	return !__builtin_add_overflow(last, 1, &last) &&
	    !__builtin_mul_overflow(last, ckpt_type_size(v->type), n);
}

/* The name of a bit that is set, conj or neg: the bytes are not the values. */
static const char *
find_flag(const struct ckpt_pickle_node *flags)
{
	static const char *const name[] = { "conj", "neg" };

	if (flags->type == PK_DICT && flags->n > 64)
		return "unknown";	/* too many keys to search */
	for (int i = 0; i < 2 && flags->type == PK_DICT; i++) {
		const struct ckpt_pickle_node *x =
		    ckpt_pickle_get(flags, name[i]);

		if (x && (x->type != PK_BOOL || x->i != 0))
			return name[i];
	}
	return NULL;
}

static int
read_view(struct torch_reader *t, const char *name,
    const struct constructor *m, const struct ckpt_pickle_node *args,
    struct torch_tensor *v)
{
	struct ckpt_rd *rd = t->pickle.rd;
	struct ckpt_pickle_node **a = args->item;
	const char *flag = m->flags && args->n > m->flags ?
	    find_flag(a[m->flags]) : NULL;
	uint64_t start, size, end, offset;
	struct ckpt_tensor shape;

	if (flag)
		return ckpt_fail(rd, CKPT_UNSUPPORTED,
		    "%.200s: its %s bit is set, which is not supported", name,
		    flag);
	v->storage = ckpt_torch_find_storage(t, a[0], &start, &size);
	if (v->storage == NULL)
		return fail_tensor(t, name, "a tensor without a storage");
	v->type = m->dtype == 0 ? v->storage->type :
	    a[m->dtype]->type == PK_GLOBAL ?
	    ckpt_torch_find_dtype(a[m->dtype]->text) : CKPT_OTHER;
	if (v->type == CKPT_OTHER)
		return ckpt_fail(rd, CKPT_UNSUPPORTED,
		    "%.200s: its dtype is not supported", name);
	v->dim = ckpt_torch_int_tuple(a[2]);
	v->stride = ckpt_torch_int_tuple(a[3]);
	if (v->dim == NULL || v->stride == NULL || v->dim->n != v->stride->n ||
	    a[1]->type != PK_INT || a[1]->i < 0)
		return fail_tensor(t, name, "wanted an offset, a size and as "
		    "many strides, all non-negative integers");
	if (v->dim->n > CKPT_RANK)
		return ckpt_fail(rd, CKPT_LIMIT, "%.200s: %u dimensions, at "
		    "most %d are supported", name, v->dim->n, CKPT_RANK);
	ckpt_torch_set_shape(v, &shape);
	if (ckpt_measure(&shape) < 0)
		return fail_tensor(t, name, "dimensions overflow");
	if (__builtin_mul_overflow((uint64_t)a[1]->i, ckpt_type_size(v->type),
	    &offset) || !measure_reach(v, &shape, &end) ||
	    (shape.len > 0 && (offset > size || end > size - offset)))
		return ckpt_fail(rd, CKPT_BAD, "%.200s: reaches outside its "
		    "storage %s of %" PRIu64 " bytes", name, v->storage->key,
		    size);
	v->offset = shape.len > 0 ? start + offset : 0;
	return 1;
}

int
ckpt_torch_rebuild_tensor(struct torch_reader *t,
    const struct ckpt_pickle_node *x, const char *name, struct torch_tensor *v)
{
	for (int nested = 0; nested < NESTED; nested++) {
		const struct ckpt_pickle_node *callee, *args;
		const struct constructor *m;

		if (x->type == PK_PERSISTENT &&
		    ckpt_pickle_is_text(x->item[0]->item[0], "storage"))
			return fail_tensor(t, name,
			    "a storage without a tensor");
		if (x->type != PK_OBJECT)
			return nested == 0 ? 0 : fail_tensor(t, name,
			    "a parameter of what is not a tensor");
		callee = x->item[PK_CALLEE];
		args = x->item[PK_ARGS];
		m = find_constructor(callee);
		if (m && x->item[PK_CONTENT])
			return fail_tensor(t, name, "items set in a tensor");
		if (m && m->kind == BY_TYPE && args->n >= m->args) {
			callee = args->item[0];
			args = args->item[2];
			m = find_constructor(callee);
			if (args->type != PK_TUPLE)
				return fail_tensor(t, name,
				    "arguments that are not a tuple");
		}
		if (m == NULL)
			return nested == 0 || x->item[PK_ARGS] != args ?
			    check_callee(t, name, callee, args) :
			    fail_tensor(t, name,
			    "a parameter of what is not a tensor");
		if (args->n < m->args)
			return fail_tensor(t, name,
			    "a tensor with too few arguments");
		if (m->kind == VIEW)
			return read_view(t, name, m, args, v);
		x = args->item[0];
	}
	return fail_tensor(t, name, "parameters nested too deeply");
}

/* -------------------------------------------------------------- shape */

void
ckpt_torch_set_shape(const struct torch_tensor *v, struct ckpt_tensor *t)
{
	t->type = v->type;
	t->dtype = ckpt_type_name(v->type);
	t->rank = (int)v->dim->n;
	for (int i = 0; i < t->rank; i++)
		t->dim[i] = (uint64_t)v->dim->item[i]->i;
}

bool
ckpt_torch_is_contiguous(const struct torch_tensor *v)
{
	uint64_t step = 1;

	for (size_t i = v->dim->n; i-- > 0; ) {
		uint64_t dim = (uint64_t)v->dim->item[i]->i;

		if (dim == 0)
			return true;
		if (dim > 1 && (uint64_t)v->stride->item[i]->i != step)
			return false;
		step *= dim;	/* overflow: see ckpt_torch_rebuild_tensor */
	}
	return true;
}

/* n elements that lie step bytes apart. */
static void
copy_row(unsigned char *to, const unsigned char *from, uint64_t n,
    size_t each, uint64_t step)
{
	if (step == each) {
		memcpy(to, from, n * each);
		return;
	}
	/* memcpy of a constant size is an instruction, not a call */
	for (uint64_t i = 0; i < n; i++, from += step, to += each)
		switch (each) {
		case 1:		*to = *from; break;
		case 2:		memcpy(to, from, 2); break;
		case 4:		memcpy(to, from, 4); break;
		case 8:		memcpy(to, from, 8); break;
		default:	memcpy(to, from, each); break;
		}
}

void
ckpt_torch_copy_contiguous(const struct torch_tensor *v,
    const unsigned char *storage, unsigned char *to)
{
	const unsigned char *from = storage + v->offset;
	size_t each = ckpt_type_size(v->type);
	uint64_t at[CKPT_RANK] = { 0 }, step[CKPT_RANK] = { 0 };
	uint64_t row, place = 0;
	struct ckpt_tensor t;
	int last;

	ckpt_torch_set_shape(v, &t);
	ckpt_measure(&t);
	last = t.rank > 0 ? t.rank - 1 : 0;
	row = t.rank > 0 ? t.dim[last] : 1;
	for (int i = 0; i < t.rank; i++)
		step[i] = (uint64_t)v->stride->item[i]->i * each;
	for (uint64_t done = 0; done < t.len; done += row) {
		copy_row(to, from + place, row, each, step[last]);
		to += row * each;
		place += ckpt_ndindex_next(at, t.dim, step, last);
	}
}
