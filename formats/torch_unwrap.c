/* torch_unwrap.c - where in a checkpoint the model is, and what is left out */
#include <string.h>

#include "torch.h"

/* Keys whose content is the checkpoint proper, where no other entry has
 * tensors; then they are no part of the names. */
static const char *const wrappers[] = {
	"state_dict", "model_state_dict", "model_state", "model", "module",
	"network", "net", "weights", "params"
};

/* Keys of the root for what training needs besides the model. What has the
 * shape of an optimizer's state is known without its name. */
static const char *const besides[] = {
	"optimizer", "optimizers", "optimizer_state", "optimizer_states",
	"optimizer_state_dict", "optim", "optim_state_dict", "opt",
	"opt_state", "opt_state_dict", "lr_scheduler", "lr_schedulers",
	"lr_scheduler_state_dict", "scheduler", "schedulers",
	"scheduler_state_dict", "scaler", "scaler_state_dict", "grad_scaler",
	"amp", "amp_state_dict", "amp_scaling_state", "rng_state",
	"rng_states", "cuda_rng_state", "torch_rng_state", "random_state",
	"callbacks", "loops"
};

static bool
is_among(const char *const *list, size_t count, const char *key, size_t n)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(list[i]) == n && memcmp(list[i], key, n) == 0)
			return true;
	return false;
}

bool
ckpt_torch_is_wrapper(const char *key, size_t n)
{
	return is_among(wrappers, sizeof wrappers / sizeof *wrappers, key, n);
}

bool
ckpt_torch_is_besides(const char *key, size_t n)
{
	return is_among(besides, sizeof besides / sizeof *besides, key, n);
}

bool
ckpt_torch_is_optimizer(const struct ckpt_pickle_node *x)
{
	return x->type == PK_DICT && ckpt_pickle_get(x, "state") &&
	    ckpt_pickle_get(x, "param_groups");
}

/* A tensor by itself may be a parameter, whatever it is called, unless it is
 * the state of a generator. */
bool
ckpt_torch_is_left_out(const struct ckpt_pickle_node *key, const struct ckpt_pickle_node *value, bool top)
{
	return ckpt_torch_is_optimizer(value) || (top && !ckpt_torch_is_scalar(value) &&
	    key->type == PK_TEXT && ckpt_torch_is_besides(key->text, key->n) &&
	    (value->type != PK_OBJECT || strstr(key->text, "_state")));
}

bool
ckpt_torch_is_left_out_inside(const struct ckpt_pickle_node *key, const struct ckpt_pickle_node *value, bool top)
{
	(void)top;		/* a layer may be called "scaler" */
	return ckpt_torch_is_left_out(key, value, false);
}

static int
is_tensor(struct torch_walk *w, const char *name, struct ckpt_pickle_node *x)
{
	(void)w;
	(void)name;
	return x->type == PK_OBJECT;
}

/* A tensor that stands beside a wrapper: a loss, or the like. */
bool
ckpt_torch_is_bare(struct torch *t, const struct ckpt_pickle_node *key, const struct ckpt_pickle_node *value)
{
	struct torch_tensor v;

	return value->type == PK_OBJECT && key->type == PK_TEXT &&
	    strlen(key->text) == key->n &&
	    ckpt_torch_view(t, value, key->text, &v) == 1;
}

/* The value of the wrapper that is the only container with tensors, or NULL.
 * *r is -1 after a failure. */
struct ckpt_pickle_node *
ckpt_torch_unwrap(struct torch *t, const struct ckpt_pickle_node *root, bool top, int *r)
{
	struct torch_walk w = { .torch = t, .leaf = is_tensor,
	    .left = ckpt_torch_is_left_out_inside };
	const struct ckpt_pickle_node *key = NULL;
	struct ckpt_pickle_node *value = NULL;

	for (size_t i = 0; i < root->n; i += 2) {
		if (ckpt_torch_is_left_out(root->item[i], root->item[i + 1], top) ||
		    ckpt_torch_is_bare(t, root->item[i], root->item[i + 1]))
			continue;
		*r = ckpt_torch_leaves(&w, root->item[i + 1]);
		if (*r < 0 || (*r == 1 && value))
			return NULL;
		if (*r == 0)
			continue;
		key = root->item[i];
		value = root->item[i + 1];
	}
	return value && key->type == PK_TEXT &&
	    ckpt_torch_is_wrapper(key->text, key->n) ? value : NULL;
}
