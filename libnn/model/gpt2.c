/*
 * gpt2.c - GPT-2 (Radford et al. 2019), with the names and shapes of the public
 * checkpoints: weights are (in, out), the output layer is the token embedding
 */
#include <math.h>
#include <stdio.h>

#include "core/tape.h"
#include "lm.h"

static const struct nn_init zero = { 0 };

/* Weights that add to the residual stream are divided by the square root of the
 * number of such layers. */
static struct nn_init
init_weight(const struct nn_lm_sizes *s, bool residual)
{
	double std = 0.02;

	return (struct nn_init){ .std = residual ?
	    std / sqrt(2.0 * s->layers) : std };
}

/* A layer of block k: its weight (in, out) and bias (out). */
struct layer { struct nn_node *w, *b; };

static struct layer
make_layer(struct nn *net, const struct nn_lm_sizes *s, size_t in, size_t out,
    bool residual, int k, const char *name)
{
	return (struct layer){
		nn_param(net, NN_SHAPE(in, out), init_weight(s, residual),
		    "h.%d.%s.weight", k, name),
		nn_param(net, NN_SHAPE(out), zero, "h.%d.%s.bias", k, name) };
}

static struct nn_node *
make_block(struct nn *net, struct nn_node *h, const struct nn_lm_sizes *s,
    size_t length, int k, bool gelu_tanh)
{
	size_t d = s->width, f = s->hidden;
	struct nn_node *x = nn_layer_layernorm(h, "h.%d.ln_1", k);
	struct layer in = make_layer(net, s, d, 3 * d, false, k, "attn.c_attn");
	struct layer out = make_layer(net, s, d, d, true, k, "attn.c_proj");
	struct layer up, down;

	x = nn_addmm(in.b, x, in.w);
	x = nn_attention(x, length, s->heads, false);
	h = nn_addmm_residual(h, out.b, x, out.w);

	x = nn_layer_layernorm(h, "h.%d.ln_2", k);
	up = make_layer(net, s, d, f, false, k, "mlp.c_fc");
	down = make_layer(net, s, f, d, true, k, "mlp.c_proj");
	x = nn_gelu(nn_addmm(up.b, x, up.w), gelu_tanh);
	return nn_addmm_residual(h, down.b, x, down.w);
}

static struct nn_lm_output
forward(struct nn *net, const struct nn_conf *c, const struct nn_lm_sizes *s,
    const int *token, size_t n, size_t length)
{
	bool gelu_tanh = nn_conf_int(c, "lm.gelu_tanh");
	struct nn_node *w = nn_param(net, NN_SHAPE(s->vocab, s->width),
	    init_weight(s, false), "wte.weight");
	struct nn_node *position = nn_param(net,
	    NN_SHAPE(s->positions, s->width), init_weight(s, false),
	    "wpe.weight");
	struct nn_node *h = nn_embedding_with_positions(w, token, n, 1,
	    position, length);

	for (int k = 0; k < s->layers; k++)
		h = make_block(net, h, s, length, k, gelu_tanh);
	return (struct nn_lm_output){ nn_layer_layernorm(h, "ln_f"), w, NULL };
}

static char *
make_links(const struct nn_conf *c)
{
	return nn_lm_make_links(c, (struct nn_lm_links){
	    .first = "wte.weight\th.0.attn.c_attn.weight\tembedding swap-to\n",
	    .block = "h.#.attn.c_attn.weight\th.#.attn.c_attn.weight\tqk swap\n"
	    "h.#.attn.c_attn.weight\th.#.attn.c_proj.weight\tv fused swap\n"
	    "h.#.attn.c_proj.weight\th.#.mlp.c_fc.weight\tlinear swap\n"
	    "h.#.mlp.c_fc.weight\th.#.mlp.c_proj.weight\tlinear swap\n",
	    .between = "h.#.mlp.c_proj.weight\th.+.attn.c_attn.weight\t"
	    "linear swap\n",
	    .last = "h.#.mlp.c_proj.weight\twte.weight\tlinear swap-from\n" });
}

const struct nn_model nn_model_gpt2 = { .name = "gpt2", .data = nn_lm_data,
	.loss = nn_lm_loss, .make_links = make_links, .prefix = "transformer.",
	.forward = forward };
