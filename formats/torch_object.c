/* torch_object.c - objects of Python in a pickle: their attributes, modules */
#include "torch.h"

int
ckpt_torch_attributes(const struct ckpt_pickle_node *x,
    struct ckpt_pickle_node *dict[2])
{
	struct ckpt_pickle_node *s = x->item[PK_STATE];
	int n = 0;

	if (s && s->type == PK_DICT)
		dict[n++] = s;
	/* a class with __slots__: two of them, or None */
	if (s && s->type == PK_TUPLE && s->n == 2 &&
	    s->item[1]->type == PK_DICT && (s->item[0]->type == PK_NONE ||
	    s->item[0]->type == PK_DICT)) {
		if (s->item[0]->type == PK_DICT)
			dict[n++] = s->item[0];
		dict[n++] = s->item[1];
	}
	return n;
}

static bool
is_module_state(const struct ckpt_pickle_node *x)
{
	return x->type == PK_DICT && (ckpt_pickle_get(x, "_modules") ||
	    ckpt_pickle_get(x, "_parameters") ||
	    ckpt_pickle_get(x, "_buffers"));
}

struct ckpt_pickle_node *
ckpt_torch_module(const struct ckpt_pickle_node *x)
{
	const struct ckpt_pickle_node *args = x->item[PK_ARGS];
	struct ckpt_pickle_node *dict[2];

	if (ckpt_torch_attributes(x, dict) > 0)
		return is_module_state(dict[0]) ? dict[0] : NULL;
	/* a graph of torch.fx: a call with the attributes */
	return x->item[PK_STATE] == NULL && args->n > 0 &&
	    is_module_state(args->item[0]) ? args->item[0] : NULL;
}
