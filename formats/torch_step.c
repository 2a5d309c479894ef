/* torch_step.c - the training step of a PyTorch checkpoint, from its keys */
#include <math.h>
#include <stdlib.h>

#include "torch.h"

/* The first of these keys that a dictionary has, or NULL. */
static struct ckpt_pickle_node *
find_key(const struct ckpt_pickle_node *root)
{
	static const char *const key[] = { "global_step", "step", "iteration",
	    "iter_num", "iter", "epoch" };
	struct ckpt_pickle_node *x = NULL;

	for (size_t i = 0; i < sizeof key / sizeof *key && !x &&
	    root->type == PK_DICT; i++) {
		x = ckpt_pickle_get(root, key[i]);
		if (x && x->type != PK_INT && x->type != PK_FLOAT &&
		    !ckpt_torch_is_tensor(x))
			x = NULL;
	}
	return x;
}

bool
ckpt_torch_has_step_tensor(const struct ckpt_pickle_node *root)
{
	const struct ckpt_pickle_node *x = find_key(root);

	return x && ckpt_torch_is_tensor(x) && !ckpt_torch_is_numpy(x);
}

/* The value of a tensor of one element; NaN if it is none. */
static int
read_tensor(struct ckpt_file *f, struct torch_reader *t,
    struct ckpt_pickle_node *x, double *value)
{
	struct torch_tensor v;
	struct ckpt_tensor shape = { .name = "step" };
	struct ckpt_buffer b = { 0 };
	int r;

	*value = NAN;
	if (ckpt_torch_rebuild_tensor(t, x, "step", &v) < 0)
		return -1;
	if (v.type == CKPT_OTHER || (v.storage && !v.storage->found))
		return 0;
	ckpt_torch_set_shape(v.type, v.dim, &shape);
	if (ckpt_measure(&shape) < 0 || shape.len != 1)
		return 0;
	r = ckpt_torch_read(f, t, &v, &shape, &b);
	if (r == 0 && ckpt_to_double(value, b.p, v.type, 1) < 0)
		*value = NAN;		/* a complex number */
	free(b.p);
	return r;
}

int
ckpt_torch_find_step(struct ckpt_file *f, struct torch_reader *t,
    const struct ckpt_pickle_node *root)
{
	struct ckpt_pickle_node *x = find_key(root);
	double value;

	if (x == NULL || (x->type == PK_INT && x->i < 0))
		return 0;
	if (x->type == PK_INT) {
		f->has_step = true;
		f->step = (uint64_t)x->i;
		return 0;
	}
	value = x->type == PK_FLOAT ? x->f : NAN;
	if (x->type != PK_FLOAT && read_tensor(f, t, x, &value) < 0)
		return -1;
	if (value >= 0 && value < 0x1p63 && value == floor(value)) {
		f->has_step = true;
		f->step = (uint64_t)value;
	}
	return 0;
}
