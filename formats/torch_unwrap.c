/* torch_unwrap.c - where the model is in a checkpoint, and what is excluded */
#include <string.h>

#include "torch.h"

/* Keys of a dictionary with the model. If no other entry has tensors, they are
 * not part of the names. */
static const char *const wrappers[] = {
	"state_dict", "model_state_dict", "model_state", "model", "module",
	"network", "net", "weights", "params"
};

/* Keys of a root of what training needs apart from the model. An optimizer's
 * state_dict is also recognized by its form. */
static const char *const training_state[] = {
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
ckpt_torch_is_training_state(const char *key, size_t n)
{
	return is_among(training_state,
	    sizeof training_state / sizeof *training_state, key, n);
}

bool
ckpt_torch_is_optimizer(const struct ckpt_pickle_node *x)
{
	return x->type == PK_DICT && ckpt_pickle_get(x, "state") &&
	    ckpt_pickle_get(x, "param_groups");
}

/* A single tensor may be a parameter whatever its name, unless it is the state
 * of a random number generator. */
bool
ckpt_torch_is_excluded(const struct ckpt_pickle_node *key,
    const struct ckpt_pickle_node *value, bool top)
{
	if (ckpt_torch_is_optimizer(value))
		return true;
	return top && !ckpt_torch_is_scalar(value) && key->type == PK_TEXT &&
	    ckpt_torch_is_training_state(key->text, key->n) &&
	    (value->type != PK_OBJECT || strstr(key->text, "_state"));
}

bool
ckpt_torch_is_excluded_inside(const struct ckpt_pickle_node *key,
    const struct ckpt_pickle_node *value, bool top)
{
	(void)top;		/* a layer may have the name "scaler" */
	return ckpt_torch_is_excluded(key, value, false);
}

static int
is_tensor(struct torch_walk *w, const char *name, struct ckpt_pickle_node *x)
{
	(void)w;
	(void)name;
	return x->type == PK_OBJECT;
}

bool
ckpt_torch_is_bare_tensor(struct torch_reader *t,
    const struct ckpt_pickle_node *key, const struct ckpt_pickle_node *value)
{
	struct torch_tensor v;

	return value->type == PK_OBJECT && key->type == PK_TEXT &&
	    strlen(key->text) == key->n &&
	    ckpt_torch_rebuild_tensor(t, value, key->text, &v) == 1;
}

struct ckpt_pickle_node *
ckpt_torch_unwrap(struct torch_reader *t, const struct ckpt_pickle_node *root,
    bool top, int *r)
{
	struct torch_walk w = { .torch = t, .leaf = is_tensor,
	    .is_excluded = ckpt_torch_is_excluded_inside };
	const struct ckpt_pickle_node *wrapper = NULL;
	struct ckpt_pickle_node *content = NULL;

	for (size_t i = 0; i < root->n; i += 2) {
		const struct ckpt_pickle_node *key = root->item[i];
		struct ckpt_pickle_node *value = root->item[i + 1];

		if (ckpt_torch_is_excluded(key, value, top) ||
		    ckpt_torch_is_bare_tensor(t, key, value))
			continue;
		*r = ckpt_torch_walk_leaves(&w, value);
		if (*r < 0 || (*r == 1 && content))
			return NULL;
		if (*r == 0)
			continue;
		wrapper = key;
		content = value;
	}
	return content && wrapper->type == PK_TEXT &&
	    ckpt_torch_is_wrapper(wrapper->text, wrapper->n) ? content : NULL;
}
