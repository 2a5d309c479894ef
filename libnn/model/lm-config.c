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
set_number(const struct config *f, const char *key, const char *name, double or)
{
	const json_t *x = json_object_get(f->root, name);
	double v = x && !json_is_null(x) ? json_number_value(x) : or;

	if ((x && !json_is_null(x) && !json_is_number(x)) || v < 0)
		return nn_fail(f->net, "%s: no number \"%s\"", f->path, name);
	return nn_conf_set(f->c, key, "%.10g", v) < 0 ?
	    nn_fail(f->net, "out of memory") : 0;
}

static bool
is_true(const struct config *f, const char *name, bool or)
{
	const json_t *x = json_object_get(f->root, name);

	return x ? json_is_true(x) : or;
}

/* Set lm.gelu_tanh from the name of an activation function. */
static int
set_gelu(const struct config *f, const char *name, const char *or)
{
	static const char *const tanh_names[] = { "gelu_new", "gelu_fast",
		"gelu_pytorch_tanh" };
	const char *s = json_string_value(json_object_get(f->root, name));
	int tanh = 0;

	if (s == NULL)
		s = or;
	for (size_t i = 0; i < sizeof tanh_names / sizeof *tanh_names; i++)
		tanh |= strcmp(s, tanh_names[i]) == 0;
	if (!tanh && strcmp(s, "gelu") != 0)
		return nn_fail(f->net, "%s: %s \"%.40s\" is not supported",
		    f->path, name, s);
	return nn_conf_set(f->c, "lm.gelu_tanh", "%d", tanh);
}

/* Layer normalization here has an epsilon of 1e-5. */
static int
check_epsilon(const struct config *f, const char *name)
{
	const json_t *x = json_object_get(f->root, name);

	if (x == NULL || json_number_value(x) == 1e-5)
		return 0;
	return nn_fail(f->net, "%s: %s %g is not supported, only 1e-5",
	    f->path, name, json_number_value(x));
}

static int
read_gpt2(const struct config *f)
{
	const json_t *width = json_object_get(f->root, "n_embd");

	if (is_true(f, "scale_attn_by_inverse_layer_idx", false) ||
	    !is_true(f, "scale_attn_weights", true))
		return nn_fail(f->net, "%s: this scaling of attention "
		    "scores is not supported", f->path);
	if (set_number(f, "lm.layers", "n_layer", -1) < 0 ||
	    set_number(f, "lm.width", "n_embd", -1) < 0 ||
	    set_number(f, "lm.heads", "n_head", -1) < 0 ||
	    set_number(f, "lm.hidden", "n_inner",
	    4 * json_number_value(width)) < 0 ||
	    set_number(f, "lm.positions", "n_positions", -1) < 0 ||
	    set_number(f, "lm.context", "n_positions", -1) < 0 ||
	    set_number(f, "lm.vocab", "vocab_size", -1) < 0)
		return -1;
	return check_epsilon(f, "layer_norm_epsilon") < 0 ? -1 :
	    set_gelu(f, "activation_function", "gelu_new");
}

static int
read_neox(const struct config *f)
{
	if (set_number(f, "lm.layers", "num_hidden_layers", -1) < 0 ||
	    set_number(f, "lm.width", "hidden_size", -1) < 0 ||
	    set_number(f, "lm.heads", "num_attention_heads", -1) < 0 ||
	    set_number(f, "lm.hidden", "intermediate_size", -1) < 0 ||
	    set_number(f, "lm.context", "max_position_embeddings", -1) < 0 ||
	    set_number(f, "lm.vocab", "vocab_size", -1) < 0 ||
	    set_number(f, "lm.rotary", "rotary_pct",
	    nn_conf_num(f->c, "lm.rotary")) < 0 ||
	    set_number(f, "lm.rotary_base", "rotary_emb_base",
	    nn_conf_num(f->c, "lm.rotary_base")) < 0)
		return -1;
	nn_conf_set(f->c, "lm.parallel", "%d",
	    is_true(f, "use_parallel_residual", true));
	return check_epsilon(f, "layer_norm_eps") < 0 ? -1 :
	    set_gelu(f, "hidden_act", "gelu");
}

static int
read_root(const struct config *f)
{
	const char *type = json_string_value(json_object_get(f->root,
	    "model_type"));

	if (type == NULL)
		type = "none";
	if (strcmp(type, "gpt2") != 0 && strcmp(type, "gpt_neox") != 0)
		return nn_fail(f->net, "%s: model_type: wanted gpt2 or "
		    "gpt_neox, got %.40s", f->path, type);
	nn_conf_set(f->c, "net.model", "%s", strcmp(type, "gpt2") == 0 ?
	    "gpt2" : "gpt-neox");
	return strcmp(type, "gpt2") == 0 ? read_gpt2(f) : read_neox(f);
}

int
nn_lm_read_config(struct nn *net, const char *path, struct nn_conf *c)
{
	struct config f = { net, c, path, NULL };
	struct stat st;
	char *inside = NULL;
	json_t *root;
	int result;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (asprintf(&inside, "%s/config.json", path) < 0)
			return nn_fail(net, "out of memory");
		f.path = inside;
	}
	root = nn_json_load(net, f.path);
	f.root = root;
	result = root ? read_root(&f) : -1;
	json_decref(root);
	free(inside);
	return result;
}
