/* lm-config.c - the settings of a public model, from its config.json */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/json.h"
#include "core/tape.h"
#include "lm.h"

struct config {
	struct nn	*net;
	struct nn_conf	*c;
	const char	*path;
	const json_t	*root;
};

/* Set a key to a number of the file, or to a default if the file has none; -1:
 * there is no default. */
static int
set_number(const struct config *r, const char *key, const char *name, double or)
{
	const json_t *x = json_object_get(r->root, name);
	double v = x && !json_is_null(x) ? json_number_value(x) : or;

	if ((x && !json_is_null(x) && !json_is_number(x)) || v < 0)
		return nn_fail(r->net, "%s: no number \"%s\"", r->path, name);
	return nn_conf_set(r->c, key, "%.10g", v) < 0 ?
	    nn_fail(r->net, "out of memory") : 0;
}

static bool
is_true(const struct config *r, const char *name, bool or)
{
	const json_t *x = json_object_get(r->root, name);

	return x ? json_is_true(x) : or;
}

/* Set lm.gelu_tanh from the name of an activation function. */
static int
set_gelu(const struct config *r, const char *name, const char *or)
{
	static const char *const tanh_names[] = { "gelu_new", "gelu_fast",
		"gelu_pytorch_tanh" };
	const char *s = json_string_value(json_object_get(r->root, name));
	int tanh = 0;

	if (s == NULL)
		s = or;
	for (size_t i = 0; i < sizeof tanh_names / sizeof *tanh_names; i++)
		tanh |= strcmp(s, tanh_names[i]) == 0;
	if (!tanh && strcmp(s, "gelu") != 0)
		return nn_fail(r->net, "%s: %s \"%.40s\" is not supported",
		    r->path, name, s);
	return nn_conf_set(r->c, "lm.gelu_tanh", "%d", tanh);
}

/* Layer normalization here has an epsilon of 1e-5. */
static int
check_epsilon(const struct config *r, const char *name)
{
	const json_t *x = json_object_get(r->root, name);

	if (x == NULL || json_number_value(x) == 1e-5)
		return 0;
	return nn_fail(r->net, "%s: %s %g is not supported, only 1e-5",
	    r->path, name, json_number_value(x));
}

static int
read_gpt2(const struct config *r)
{
	const json_t *width = json_object_get(r->root, "n_embd");

	if (is_true(r, "scale_attn_by_inverse_layer_idx", false) ||
	    !is_true(r, "scale_attn_weights", true))
		return nn_fail(r->net, "%s: this scaling of attention "
		    "scores is not supported", r->path);
	if (set_number(r, "lm.layers", "n_layer", -1) < 0 ||
	    set_number(r, "lm.width", "n_embd", -1) < 0 ||
	    set_number(r, "lm.heads", "n_head", -1) < 0 ||
	    set_number(r, "lm.hidden", "n_inner",
	    4 * json_number_value(width)) < 0 ||
	    set_number(r, "lm.positions", "n_positions", -1) < 0 ||
	    set_number(r, "lm.context", "n_positions", -1) < 0 ||
	    set_number(r, "lm.vocab", "vocab_size", -1) < 0)
		return -1;
	return check_epsilon(r, "layer_norm_epsilon") < 0 ? -1 :
	    set_gelu(r, "activation_function", "gelu_new");
}

static int
read_neox(const struct config *r)
{
	if (set_number(r, "lm.layers", "num_hidden_layers", -1) < 0 ||
	    set_number(r, "lm.width", "hidden_size", -1) < 0 ||
	    set_number(r, "lm.heads", "num_attention_heads", -1) < 0 ||
	    set_number(r, "lm.hidden", "intermediate_size", -1) < 0 ||
	    set_number(r, "lm.context", "max_position_embeddings", -1) < 0 ||
	    set_number(r, "lm.vocab", "vocab_size", -1) < 0 ||
	    set_number(r, "lm.rotary", "rotary_pct",
	    nn_conf_num(r->c, "lm.rotary")) < 0 ||
	    set_number(r, "lm.rotary_base", "rotary_emb_base",
	    nn_conf_num(r->c, "lm.rotary_base")) < 0)
		return -1;
	nn_conf_set(r->c, "lm.parallel", "%d",
	    is_true(r, "use_parallel_residual", true));
	return check_epsilon(r, "layer_norm_eps") < 0 ? -1 :
	    set_gelu(r, "hidden_act", "gelu");
}

static int
read_root(const struct config *r)
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
nn_lm_read_config(struct nn *net, const char *path, struct nn_conf *c)
{
	struct config r = { net, c, path, NULL };
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
