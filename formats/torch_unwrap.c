/* torch_unwrap.c - where the model is in a checkpoint, and what is excluded */
#include <ctype.h>
#include <string.h>
#include <strings.h>

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
	"opt", "opt_state", "opt_state_dict", "scaler", "scaler_state_dict",
	"grad_scaler", "amp", "amp_state_dict", "amp_scaling_state",
	"random_state", "callbacks", "loops"
};

/* Beginnings of words in such keys: optimizer_0, g_optim, lr_schedulers. */
static const char *const training_words[] = { "optim", "scheduler", "rng" };

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

/* Does a word of letters in key begin with this one? */
static bool
has_word(const char *key, size_t n, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= n; i++)
		if ((i == 0 || !isalpha((unsigned char)key[i - 1])) &&
		    strncasecmp(key + i, word, len) == 0)
			return true;
	return false;
}

bool
ckpt_torch_is_training_state(const char *key, size_t n)
{
	for (size_t i = 0; i < sizeof training_words / sizeof *training_words;
	    i++)
		if (has_word(key, n, training_words[i]))
			return true;
	return is_among(training_state,
	    sizeof training_state / sizeof *training_state, key, n);
}

bool
ckpt_torch_is_optimizer_key(const char *key, size_t n)
{
	return has_word(key, n, "optimizer");
}

bool
ckpt_torch_is_optimizer(const struct ckpt_pickle_node *x)
{
	struct ckpt_pickle_node *dict[2];

	if (x->type == PK_OBJECT && ckpt_torch_attributes(x, dict) > 0)
		x = dict[0];
	return x->type == PK_DICT && ckpt_pickle_get(x, "state") &&
	    ckpt_pickle_get(x, "param_groups");
}

/* A single tensor may be a parameter whatever its name, unless it is the state
 * of a random number generator. */
bool
ckpt_torch_is_excluded(const struct ckpt_pickle_node *key,
    const struct ckpt_pickle_node *value, bool top)
{
	bool tensor = ckpt_torch_is_tensor(value);

	if (ckpt_torch_is_optimizer(value))
		return true;
	if (key->type != PK_TEXT || ckpt_torch_is_scalar(value))
		return false;
	if (!tensor && ckpt_torch_is_optimizer_key(key->text, key->n))
		return true;
	return top && ckpt_torch_is_training_state(key->text, key->n) &&
	    (!tensor || strstr(key->text, "_state"));
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
	return ckpt_torch_is_tensor(x);
}

bool
ckpt_torch_is_bare_tensor(const struct ckpt_pickle_node *key,
    const struct ckpt_pickle_node *value)
{
	return key->type == PK_TEXT && strlen(key->text) == key->n &&
	    ckpt_torch_is_tensor(value);
}

/* Is x the state of a whole training, with the model under its usual name? */
static bool
has_wrapper(const struct ckpt_pickle_node *x)
{
	for (size_t i = 0; x->type == PK_DICT && i < x->n; i += 2)
		if (x->item[i]->type == PK_TEXT &&
		    ckpt_torch_is_wrapper(x->item[i]->text, x->item[i]->n))
			return true;
	return false;
}

struct ckpt_pickle_node *
ckpt_torch_unwrap(struct torch_reader *t, const struct ckpt_pickle_node *root,
    bool *top, int *r)
{
	struct torch_walk w = { .torch = t, .leaf = is_tensor,
	    .is_excluded = ckpt_torch_is_excluded_inside };
	const struct ckpt_pickle_node *wrapper = NULL;
	struct ckpt_pickle_node *content = NULL;

	for (size_t i = 0; i < root->n; i += 2) {
		const struct ckpt_pickle_node *key = root->item[i];
		struct ckpt_pickle_node *value = root->item[i + 1];

		if (ckpt_torch_is_excluded(key, value, *top) ||
		    ckpt_torch_is_bare_tensor(key, value))
			continue;
		*r = ckpt_torch_walk_leaves(&w, value);
		if (*r < 0 || (*r == 1 && content))
			return NULL;
		if (*r == 0)
			continue;
		wrapper = key;
		content = value;
	}
	if (content == NULL || wrapper->type != PK_TEXT)
		return NULL;
	if (ckpt_pickle_is_text(wrapper, "state"))
		return has_wrapper(content) ? content : NULL;
	*top = false;
	return ckpt_torch_is_wrapper(wrapper->text, wrapper->n) ? content :
	    NULL;
}
