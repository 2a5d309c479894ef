/*
 * gpt2.c - GPT-2 (Radford et al. 2019), its tensors named and shaped as in the
 * public checkpoints
 *
 * Its linear layers are stored as (in, out), and the output layer is the
 * embedding once more.
 */
#include <math.h>
#include <stdio.h>

#include "core/tape.h"
#include "lm.h"

static const struct nn_init zero = { 0 };

/* Like the other weights, but smaller with the number of layers in a row that
 * add to the stream. */
static struct nn_init
normal(const struct nn_lm_sizes *s, bool onto)
{
	double deviation = 0.02;

	return (struct nn_init){ .deviation = onto ?
	    deviation / sqrt(2.0 * s->layers) : deviation };
}

/* A layer of block k: its weight (in, out) and bias (out). */
struct layer { struct nn_node *w, *b; };

static struct layer
layer(struct nn *net, const struct nn_lm_sizes *s, size_t in, size_t out,
    bool onto, int k, const char *name)
{
	return (struct layer){
		nn_param(net, nn_shape(in, out), normal(s, onto),
		    "h.%d.%s.weight", k, name),
		nn_param(net, nn_shape(out), zero, "h.%d.%s.bias", k, name) };
}

static struct nn_node *
block(struct nn *net, struct nn_node *h, const struct nn_lm_sizes *s,
    size_t length, int k, bool by_tanh)
{
	size_t d = s->width, f = s->hidden;
	struct nn_node *x = nn_layernorm(h, "h.%d.ln_1", k);
	struct layer in = layer(net, s, d, 3 * d, false, k, "attn.c_attn");
	struct layer out = layer(net, s, d, d, true, k, "attn.c_proj");
	struct layer up, down;

	x = nn_affine_in(x, in.w, in.b, true, false);
	x = nn_attention(x, length, s->heads, false);
	h = nn_affine_onto(h, x, out.w, out.b, true);

	x = nn_layernorm(h, "h.%d.ln_2", k);
	up = layer(net, s, d, f, false, k, "mlp.c_fc");
	down = layer(net, s, f, d, true, k, "mlp.c_proj");
	x = nn_gelu(nn_affine_in(x, up.w, up.b, true, false), by_tanh);
	return nn_affine_onto(h, x, down.w, down.b, true);
}

static struct nn_lm_output
forward(struct nn *net, const struct nn_conf *c, const struct nn_lm_sizes *s,
    const int *token, size_t n, size_t length)
{
	bool by_tanh = nn_conf_int(c, "lm.gelu_tanh", 1);
	struct nn_node *w = nn_param(net, nn_shape(s->vocab, s->width),
	    normal(s, false), "wte.weight");
	struct nn_node *h = nn_embedding(w, token, n, 1, nn_param(net,
	    nn_shape(s->positions, s->width), normal(s, false), "wpe.weight"),
	    length);

	for (int k = 0; k < s->layers; k++)
		h = block(net, h, s, length, k, by_tanh);
	return (struct nn_lm_output){ nn_layernorm(h, "ln_f"), w, NULL };
}

static char *
links(const struct nn_conf *c)
{
	return nn_lm_make_links(c, (struct nn_lm_links){
	    .first = "wte.weight\th.0.attn.c_attn.weight\tembedding swap-to\n",
	    .each = "h.#.attn.c_attn.weight\th.#.attn.c_attn.weight\tqk swap\n"
	    "h.#.attn.c_attn.weight\th.#.attn.c_proj.weight\tv fused swap\n"
	    "h.#.attn.c_proj.weight\th.#.mlp.c_fc.weight\tlinear swap\n"
	    "h.#.mlp.c_fc.weight\th.#.mlp.c_proj.weight\tlinear swap\n",
	    .between = "h.#.mlp.c_proj.weight\th.+.attn.c_attn.weight\t"
	    "linear swap\n",
	    .last = "h.#.mlp.c_proj.weight\twte.weight\tlinear swap-from\n" });
}

const struct nn_model nn_model_gpt2 = { .name = "gpt2", .data = nn_lm_data,
	.loss = nn_lm_loss, .make_links = links, .prefix = "transformer.",
	.forward = forward };
