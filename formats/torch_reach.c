/* torch_reach.c - the storages that a node of a pickle refers to */
#include <stdlib.h>
#include <string.h>

#include "torch.h"

typedef bool exclude(const struct ckpt_pickle_node *,
    const struct ckpt_pickle_node *, const struct ckpt_pickle_node *, void *);

/* Push a node that was not visited in this walk. */
static int
push_node(struct torch_reader *t, struct ckpt_buffer *stack,
    struct ckpt_pickle_node *x)
{
	if (x == NULL || x->visit == t->walks || (x->type < PK_TUPLE &&
	    x->type != PK_PERSISTENT))
		return 0;
	x->visit = t->walks;
	if (ckpt_torch_count_steps(t, 1, "a tensor") < 0)
		return -1;
	return ckpt_buffer_add(stack, &x, sizeof x) == 0 ? 0 :
	    ckpt_fail_memory(t->pickle.rd);
}

/* Push what a node refers to. */
static int
push_items(struct torch_reader *t, struct ckpt_buffer *stack,
    const struct ckpt_pickle_node *x, exclude *is_excluded, void *arg)
{
	bool dict = x->type == PK_DICT;
	bool list = x->type == PK_LIST || x->type == PK_TUPLE;
	int r = 0;

	if (x->type == PK_GLOBAL)
		return 0;
	for (size_t i = 0; i < x->n && r == 0; i += 1 + dict) {
		if (is_excluded && (dict || list) && is_excluded(x, dict ?
		    x->item[i] : NULL, x->item[i + dict], arg))
			continue;
		r = push_node(t, stack, x->item[i]);
		if (r == 0 && dict)
			r = push_node(t, stack, x->item[i + 1]);
	}
	return r;
}

int
ckpt_torch_reach_storages(struct torch_reader *t, struct ckpt_pickle_node *x,
    exclude *is_excluded, void (*found)(struct torch_storage *), void *arg)
{
	struct ckpt_buffer stack = { 0 };
	int r;

	t->walks++;
	r = push_node(t, &stack, x);
	while (r == 0 && stack.n > 0) {
		stack.n -= sizeof x;
		memcpy(&x, stack.p + stack.n, sizeof x);
		if (x->type == PK_PERSISTENT) {
			uint64_t offset, size;
			struct torch_storage *s =
			    ckpt_torch_find_storage(t, x, &offset, &size);

			if (s)
				found(s);
			continue;
		}
		r = push_items(t, &stack, x, is_excluded, arg);
	}
	free(stack.p);
	return r;
}
