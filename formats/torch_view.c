/* torch_view.c - tensors of a pickle: the calls that rebuild them as views */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "torch.h"

/* The functions that return tensors, and the positions of their arguments. */
static const struct constructor {
	const char	*name;
	enum { VIEW, WRAPPED, BY_TYPE, LISTED, SPARSE } kind;
	unsigned	 args;		/* required arguments */
	unsigned	 dtype;		/* position of the dtype, or 0 */
	unsigned	 flags;		/* position of conj and neg, or 0 */
	unsigned	 shape;		/* of what is listed, or 0 */
	const char	*what;		/* that is */
} constructors[] = {
	{ "torch._utils._rebuild_tensor", VIEW, 4, 0, 0, 0, NULL },
	{ "torch._utils._rebuild_tensor_v2", VIEW, 4, 0, 6, 0, NULL },
	{ "torch._utils._rebuild_tensor_v3", VIEW, 7, 6, 7, 0, NULL },
	{ "torch._utils._rebuild_parameter", WRAPPED, 1, 0, 0, 0, NULL },
	{ "torch._utils._rebuild_parameter_with_state", WRAPPED, 1, 0, 0, 0,
	    NULL },
	{ "torch._utils._rebuild_device_tensor_from_cpu_tensor", WRAPPED, 1, 0,
	    0, 0, NULL },
	{ "torch._utils._rebuild_device_tensor_from_numpy", WRAPPED, 1, 0, 0, 0,
	    NULL },
	{ "torch.nn.parameter.Parameter", WRAPPED, 1, 0, 0, 0, NULL },
	{ "torch.nn.parameter.Buffer", WRAPPED, 1, 0, 0, 0, NULL },
	{ "torch.autograd.variable.Variable", WRAPPED, 1, 0, 0, 0, NULL },
	{ "torch._tensor._rebuild_from_type", BY_TYPE, 3, 0, 0, 0, NULL },
	{ "torch._tensor._rebuild_from_type_v2", BY_TYPE, 3, 0, 0, 0, NULL },
	{ "torch._utils._rebuild_qtensor", LISTED, 1, 0, 0, 2, NULL },
	{ "torch._utils._rebuild_meta_tensor_no_storage", LISTED, 1, 0, 0, 1,
	    "meta" },
	{ "torch._utils._rebuild_nested_tensor", LISTED, 0, 0, 0, 0, "nested" },
	{ "torch.nested._internal.nested_tensor._rebuild_njt", LISTED, 0, 0, 0,
	    0, "nested" },
	{ "torch._utils._rebuild_wrapper_subclass", LISTED, 1, 0, 0, 2, NULL },
	{ "numpy.ma.core._mareconstruct", LISTED, 0, 0, 0, 0, "masked" },
	{ "torch._utils._rebuild_sparse_tensor", SPARSE, 2, 0, 0, 0, NULL },
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

static bool
is_storage(const struct ckpt_pickle_node *x)
{
	return x->type == PK_PERSISTENT && x->item[0]->type == PK_TUPLE &&
	    x->item[0]->n > 0 &&
	    ckpt_pickle_is_text(x->item[0]->item[0], "storage");
}

/* Functions that return tensors of kinds not known here: some of PyTorch, and
 * all that are given a storage. */
static bool
is_unknown_tensor(const struct ckpt_pickle_node *x)
{
	static const char *const prefix[] =
	    { "torch._utils._rebuild_", "torch.distributed." };
	const struct ckpt_pickle_node *callee = x->item[PK_CALLEE];

	for (size_t i = 0; i < 2 && callee->type == PK_GLOBAL; i++)
		if (strncmp(callee->text, prefix[i], strlen(prefix[i])) == 0)
			return true;
	return x->item[PK_ARGS]->n > 0 && is_storage(x->item[PK_ARGS]->item[0]);
}

bool
ckpt_torch_is_tensor(const struct ckpt_pickle_node *x)
{
	return is_storage(x) || (x->type == PK_OBJECT &&
	    (find_constructor(x->item[PK_CALLEE]) || is_unknown_tensor(x) ||
	    ckpt_torch_is_numpy(x)));
}

/* ---------------------------------------------------------- faults, lists */

/* A tensor that is not valid: an error, or only listed if it is not selected.
 * Returns 0 or -1. */
__attribute__((format(printf, 4, 5)))
static int
fail_tensor(struct torch_reader *t, enum ckpt_kind kind, const char *name,
    const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (!ckpt_wants(t->pickle.rd, name))
		return 0;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return ckpt_fail(t->pickle.rd, kind, "%.200s: %s", name, text);
}

static void
use_storage(struct torch_storage *s)
{
	s->used = true;
}

/* Make v a tensor that can only be listed; dim may be NULL. */
static void
list_tensor(struct torch_tensor *v, const char *dtype,
    const struct ckpt_pickle_node *dim)
{
	v->type = CKPT_OTHER;
	v->dtype = dtype;
	v->dim = dim && dim->n <= CKPT_RANK ? dim : NULL;
	v->storage = NULL;
	v->array = NULL;
}

/* A tensor of a kind whose elements are not read: its class, or the class of
 * its storage. */
static void
read_listed(const struct constructor *m, const struct ckpt_pickle_node *class,
    const struct ckpt_pickle_node *args, struct torch_tensor *v)
{
	const struct ckpt_pickle_node *first = args->n > 0 ? args->item[0] :
	    NULL, *dim = NULL;

	if (m && first && is_storage(first) && first->item[0]->n > 1)
		class = first->item[0]->item[1];
	if (m && m->shape > 0 && args->n > m->shape)
		dim = ckpt_torch_int_tuple(args->item[m->shape]);
	list_tensor(v, m && m->what ? m->what : class->type == PK_GLOBAL ?
	    ckpt_torch_dtype_name(class->text) : "?", dim);
}

/* A layout, and a tuple of tensors, with the size among them. */
static void
read_sparse(const struct ckpt_pickle_node *args, struct torch_tensor *v)
{
	const struct ckpt_pickle_node *layout = args->item[0], *dim = NULL;
	const struct ckpt_pickle_node *parts = args->item[1];
	const char *what = "sparse";

	if (layout->type == PK_OBJECT && layout->item[PK_ARGS]->n > 0)
		layout = layout->item[PK_ARGS]->item[0];
	if (layout->type == PK_TEXT || layout->type == PK_GLOBAL)
		what = ckpt_torch_dtype_name(layout->text);
	for (size_t i = 0; parts->type == PK_TUPLE && i < parts->n && !dim; i++)
		dim = ckpt_torch_int_tuple(parts->item[i]);
	list_tensor(v, what, dim);
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

/* ----------------------------------------------------------------- views */

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
		return "flags";		/* too many keys to search */
	for (int i = 0; i < 2 && flags->type == PK_DICT; i++) {
		const struct ckpt_pickle_node *x =
		    ckpt_pickle_get(flags, name[i]);

		if (x && (x->type != PK_BOOL || x->i != 0))
			return name[i];
	}
	return NULL;
}

/* The type of a view: of its storage, or the argument that names it. False if
 * it is not known, with its name in *dtype. */
static bool
find_type(const struct constructor *m, const struct ckpt_pickle_node *args,
    const struct torch_storage *s, enum ckpt_type *type, const char **dtype)
{
	const struct ckpt_pickle_node *x = m->dtype ? args->item[m->dtype] :
	    NULL;

	*type = x == NULL ? s->type : x->type == PK_GLOBAL ?
	    ckpt_torch_find_dtype(x->text) : CKPT_OTHER;
	*dtype = ckpt_torch_dtype_name(x == NULL ? s->class :
	    x->type == PK_GLOBAL ? x->text : "?");
	return *type != CKPT_OTHER;
}

/* Returns 1, 0 if it is only listed, -1. */
static int
read_view(struct torch_reader *t, const char *name,
    const struct constructor *m, const struct ckpt_pickle_node *args,
    struct torch_tensor *v)
{
	struct ckpt_pickle_node **a = args->item;
	const char *flag = m->flags && args->n > m->flags ?
	    find_flag(a[m->flags]) : NULL, *dtype;
	uint64_t start, size, end, offset;
	struct ckpt_tensor shape;

	v->storage = ckpt_torch_find_storage(t, a[0], &start, &size);
	if (v->storage == NULL)
		return fail_tensor(t, CKPT_BAD, name,
		    "a tensor without a storage");
	v->dim = ckpt_torch_int_tuple(a[2]);
	v->stride = ckpt_torch_int_tuple(a[3]);
	if (v->dim == NULL || v->stride == NULL || v->dim->n != v->stride->n ||
	    a[1]->type != PK_INT || a[1]->i < 0)
		return fail_tensor(t, CKPT_BAD, name, "wanted an offset, a "
		    "size and as many strides, all non-negative integers");
	if (v->dim->n > CKPT_RANK)
		return fail_tensor(t, CKPT_LIMIT, name, "%u dimensions, at "
		    "most %d are supported", v->dim->n, CKPT_RANK);
	if (!find_type(m, args, v->storage, &v->type, &dtype) || flag) {
		list_tensor(v, flag ? flag : dtype, v->dim);
		return 0;
	}
	ckpt_torch_set_shape(v->type, v->dim, &shape);
	if (ckpt_measure(&shape) < 0)
		return fail_tensor(t, CKPT_BAD, name, "dimensions overflow");
	if (__builtin_mul_overflow((uint64_t)a[1]->i, ckpt_type_size(v->type),
	    &offset) || !measure_reach(v, &shape, &end) ||
	    (shape.len > 0 && (offset > size || end > size - offset)))
		return fail_tensor(t, CKPT_BAD, name, "reaches outside its "
		    "storage %s of %" PRIu64 " bytes", v->storage->key, size);
	v->offset = shape.len > 0 ? start + offset : 0;
	v->storage->used = true;
	return 1;
}

/* A storage by itself: all its elements. */
static int
read_storage(struct torch_reader *t, const struct ckpt_pickle_node *x,
    const char *name, struct torch_tensor *v)
{
	uint64_t size;
	struct ckpt_pickle_node *n, *one;

	v->storage = ckpt_torch_find_storage(t, x, &v->offset, &size);
	if (v->storage == NULL)
		return fail_tensor(t, CKPT_BAD, name, "no such storage");
	v->type = v->storage->type;
	if (v->type == CKPT_OTHER) {
		list_tensor(v, ckpt_torch_dtype_name(v->storage->class), NULL);
		return 0;
	}
	n = ckpt_pickle_new_int(&t->pickle, PK_INT,
	    (int64_t)(size / v->storage->each));
	one = ckpt_pickle_new_int(&t->pickle, PK_INT, 1);
	v->dim = n ? ckpt_pickle_new_tuple(&t->pickle, &n, 1) : NULL;
	v->stride = one ? ckpt_pickle_new_tuple(&t->pickle, &one, 1) : NULL;
	if (v->dim == NULL || v->stride == NULL)
		return -1;
	v->storage->used = true;
	return 1;
}

/* As ckpt_torch_rebuild_tensor; 1, or 0 if it is only listed, -1. */
static int
rebuild_tensor(struct torch_reader *t, const struct ckpt_pickle_node *x,
    const char *name, struct torch_tensor *v)
{
	static const char no_tensor[] = "a parameter of what is not a tensor";

	for (int nested = 0; nested < NESTED; nested++) {
		const struct ckpt_pickle_node *callee, *args;
		const struct constructor *m;

		if (is_storage(x))
			return read_storage(t, x, name, v);
		if (x->type != PK_OBJECT)
			return fail_tensor(t, CKPT_BAD, name, no_tensor);
		if (ckpt_torch_is_numpy(x))
			return ckpt_torch_read_numpy(t, x, name, v);
		callee = x->item[PK_CALLEE];
		args = x->item[PK_ARGS];
		m = find_constructor(callee);
		if (m && x->item[PK_CONTENT])
			return fail_tensor(t, CKPT_BAD, name,
			    "items set in a tensor");
		if (m && m->kind == BY_TYPE && args->n >= m->args) {
			const struct ckpt_pickle_node *class = args->item[1];

			callee = args->item[0];
			m = find_constructor(callee);
			args = args->item[2];
			if (args->type != PK_TUPLE)
				return fail_tensor(t, CKPT_BAD, name,
				    "arguments that are not a tuple");
			if (m == NULL || m->kind == LISTED) {
				read_listed(m, class, args, v);
				return 0;
			}
		}
		if (m == NULL && !is_unknown_tensor(x))
			return fail_tensor(t, CKPT_BAD, name, no_tensor);
		if (m && args->n < m->args)
			return fail_tensor(t, CKPT_BAD, name,
			    "a tensor with too few arguments");
		if (m == NULL || m->kind == LISTED) {
			read_listed(m, callee, args, v);
			return 0;
		}
		if (m->kind == SPARSE) {
			read_sparse(args, v);
			return 0;
		}
		if (m->kind == VIEW)
			return read_view(t, name, m, args, v);
		x = args->item[0];
	}
	return fail_tensor(t, CKPT_BAD, name, "parameters nested too deeply");
}

int
ckpt_torch_rebuild_tensor(struct torch_reader *t, struct ckpt_pickle_node *x,
    const char *name, struct torch_tensor *v)
{
	int r;

	*v = (struct torch_tensor){ 0 };
	r = rebuild_tensor(t, x, name, v);
	if (r != 0)
		return r < 0 ? -1 : 0;
	/* a fault of what is not selected, or listed */
	if (v->type != CKPT_OTHER || v->dtype == NULL)
		list_tensor(v, "?", NULL);
	return ckpt_torch_reach_storages(t, x, NULL, use_storage, NULL);
}
