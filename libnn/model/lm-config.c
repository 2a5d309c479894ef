/* lm-config.c - the sizes of a public model, from its config.json */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/json.h"
#include "core/tape.h"
#include "lm.h"

struct reading {
	struct nn	*net;
	struct nn_conf	*c;
	const char	*path;
	const json_t	*root;
};

/* A number of the file as a setting; or is what it is without one, -1: it has
 * to be there. */
static int
number(const struct reading *r, const char *key, const char *name, double or)
{
	const json_t *x = json_object_get(r->root, name);
	double v = x && !json_is_null(x) ? json_number_value(x) : or;

	if ((x && !json_is_null(x) && !json_is_number(x)) || v < 0)
		return nn_fail(r->net, "%s: no number \"%s\"", r->path, name);
	return nn_conf_set(r->c, key, "%.10g", v) < 0 ?
	    nn_fail(r->net, "out of memory") : 0;
}

static bool
is_true(const struct reading *r, const char *name, bool or)
{
	const json_t *x = json_object_get(r->root, name);

	return x ? json_is_true(x) : or;
}

/* GELU, exact or by tanh. */
static int
curve(const struct reading *r, const char *name, const char *or)
{
	static const char *const by_tanh[] = { "gelu_new", "gelu_fast",
		"gelu_pytorch_tanh" };
	const char *s = json_string_value(json_object_get(r->root, name));
	int tanh = 0;

	if (s == NULL)
		s = or;
	for (size_t i = 0; i < sizeof by_tanh / sizeof *by_tanh; i++)
		tanh |= strcmp(s, by_tanh[i]) == 0;
	if (!tanh && strcmp(s, "gelu") != 0)
		return nn_fail(r->net, "%s: %s \"%.40s\" is not done here",
		    r->path, name, s);
	return nn_conf_set(r->c, "lm.gelu_tanh", "%d", tanh);
}

/* All models here add the same small number to a variance. */
static int
epsilon(const struct reading *r, const char *name)
{
	const json_t *x = json_object_get(r->root, name);

	if (x == NULL || json_number_value(x) == 1e-5)
		return 0;
	return nn_fail(r->net, "%s: %s %g is not done here, only 1e-5",
	    r->path, name, json_number_value(x));
}

static int
read_gpt2(const struct reading *r)
{
	const json_t *width = json_object_get(r->root, "n_embd");

	if (is_true(r, "scale_attn_by_inverse_layer_idx", false) ||
	    !is_true(r, "scale_attn_weights", true))
		return nn_fail(r->net, "%s: scores that are scaled otherwise "
		    "are not done here", r->path);
	if (number(r, "lm.layers", "n_layer", -1) < 0 ||
	    number(r, "lm.width", "n_embd", -1) < 0 ||
	    number(r, "lm.heads", "n_head", -1) < 0 ||
	    number(r, "lm.hidden", "n_inner", 4 * json_number_value(width)) <
	    0 ||
	    number(r, "lm.positions", "n_positions", -1) < 0 ||
	    number(r, "lm.context", "n_positions", -1) < 0 ||
	    number(r, "lm.vocab", "vocab_size", -1) < 0)
		return -1;
	return epsilon(r, "layer_norm_epsilon") < 0 ? -1 :
	    curve(r, "activation_function", "gelu_new");
}

static int
read_neox(const struct reading *r)
{
	if (number(r, "lm.layers", "num_hidden_layers", -1) < 0 ||
	    number(r, "lm.width", "hidden_size", -1) < 0 ||
	    number(r, "lm.heads", "num_attention_heads", -1) < 0 ||
	    number(r, "lm.hidden", "intermediate_size", -1) < 0 ||
	    number(r, "lm.context", "max_position_embeddings", -1) < 0 ||
	    number(r, "lm.vocab", "vocab_size", -1) < 0 ||
	    number(r, "lm.rotary", "rotary_pct", 0.25) < 0 ||
	    number(r, "lm.rotary_base", "rotary_emb_base", 10000) < 0)
		return -1;
	nn_conf_set(r->c, "lm.parallel", "%d",
	    is_true(r, "use_parallel_residual", true));
	return epsilon(r, "layer_norm_eps") < 0 ? -1 :
	    curve(r, "hidden_act", "gelu");
}

static int
read_root(const struct reading *r)
{
	const char *type = json_string_value(json_object_get(r->root,
	    "model_type"));

	if (type == NULL)
		type = "none";
	if (strcmp(type, "gpt2") != 0 && strcmp(type, "gpt_neox") != 0)
		return nn_fail(r->net, "%s: model_type: wanted gpt2 or "
		    "gpt_neox, got %.40s", r->path, type);
	nn_conf_set(r->c, "net.model", "%s", strcmp(type, "gpt2") == 0 ?
	    "gpt2" : "gpt-neox");
	return strcmp(type, "gpt2") == 0 ? read_gpt2(r) : read_neox(r);
}

int
nn_lm_config(struct nn *net, const char *path, struct nn_conf *c)
{
	struct reading r = { net, c, path, NULL };
	struct stat st;
	char *inside = NULL;
	json_t *root;
	int result;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (asprintf(&inside, "%s/config.json", path) < 0)
			return nn_fail(net, "out of memory");
		r.path = inside;
	}
	root = nn_json_load(net, r.path);
	r.root = root;
	result = root ? read_root(&r) : -1;
	json_decref(root);
	free(inside);
	return result;
}
