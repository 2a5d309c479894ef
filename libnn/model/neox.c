/*
 * neox.c - GPT-NeoX, whose small ones are Pythia (Biderman et al. 2023), its
 * tensors named and shaped as in the public checkpoints
 *
 * Attention and the other layers of a block read the same stream, side by side
 * (unless lm.parallel is 0); a part of each query and key turns with the
 * position.
 */
#include <math.h>
#include <stdio.h>

#include "core/tape.h"
#include "lm.h"

#define LAYER "gpt_neox.layers"

static const struct nn_init zero = { 0 }, normal = { .deviation = 0.02 };

/* A layer of block k: its weight (out, in) and bias (out). */
struct layer { struct nn_node *w, *b; };

static struct layer
layer(struct nn *net, size_t in, size_t out, int k, const char *name)
{
	return (struct layer){
		nn_param(net, nn_shape(out, in), normal, LAYER ".%d.%s.weight",
		    k, name),
		nn_param(net, nn_shape(out), zero, LAYER ".%d.%s.bias", k,
		    name) };
}

/* What the settings say of all blocks. */
struct kind { size_t turned; double base; bool parallel, by_tanh; };

static struct nn_node *
block(struct nn *net, struct nn_node *h, const struct nn_lm_sizes *s,
    const struct kind *kind, size_t length, int k)
{
	size_t d = s->width, f = s->hidden;
	struct nn_node *x = nn_layernorm(h, LAYER ".%d.input_layernorm", k), *y;
	struct layer in, out, up, down;

	y = nn_layernorm(h, LAYER ".%d.post_attention_layernorm", k);
	in = layer(net, d, 3 * d, k, "attention.query_key_value");
	out = layer(net, d, d, k, "attention.dense");
	up = layer(net, d, f, k, "mlp.dense_h_to_4h");
	down = layer(net, f, d, k, "mlp.dense_4h_to_h");
	x = nn_rotary(nn_affine(x, in.w, in.b), length, s->heads, kind->turned,
	    kind->base);
	x = nn_attention(x, length, s->heads, true);
	h = nn_affine_onto(h, x, out.w, out.b, false);
	if (!kind->parallel)
		y = nn_layernorm(h, LAYER ".%d.post_attention_layernorm", k);
	y = nn_gelu(nn_affine(y, up.w, up.b), kind->by_tanh);
	return nn_affine_onto(h, y, down.w, down.b, false);
}

static struct nn_lm_output
forward(struct nn *net, const struct nn_conf *c, const struct nn_lm_sizes *s,
    const int *token, size_t n, size_t length)
{
	struct nn_shape table = nn_shape(s->vocab, s->width);
	struct kind kind = {
		(size_t)(s->width / s->heads *
		    nn_conf_num(c, "lm.rotary", 0.25)) / 2 * 2,
		nn_conf_num(c, "lm.rotary_base", 10000),
		nn_conf_int(c, "lm.parallel", 1),
		nn_conf_int(c, "lm.gelu_tanh", 0) };
	struct nn_node *h = nn_embedding_alone(nn_param(net, table, normal,
	    "gpt_neox.embed_in.weight"), token, n);

	for (int k = 0; k < s->layers; k++)
		h = block(net, h, s, &kind, length, k);
	return (struct nn_lm_output){ nn_layernorm(h,
	    "gpt_neox.final_layer_norm"), nn_param(net, table, normal,
	    "embed_out.weight"), NULL };
}

static char *
links(const struct nn_conf *c)
{
	return nn_lm_make_links(c, (struct nn_lm_links){
	    .first = "gpt_neox.embed_in.weight\t"
	    LAYER ".0.attention.query_key_value.weight\tembedding\n",
	    .each = LAYER ".#.attention.query_key_value.weight\t"
	    LAYER ".#.attention.query_key_value.weight\tqk by-head\n"
	    LAYER ".#.attention.query_key_value.weight\t"
	    LAYER ".#.attention.dense.weight\tv fused by-head\n"
	    LAYER ".#.mlp.dense_h_to_4h.weight\t"
	    LAYER ".#.mlp.dense_4h_to_h.weight\tlinear\n",
	    .between = LAYER ".#.attention.dense.weight\t"
	    LAYER ".+.mlp.dense_h_to_4h.weight\tlinear\n"
	    LAYER ".#.mlp.dense_4h_to_h.weight\t"
	    LAYER ".+.attention.query_key_value.weight\tlinear\n",
	    .last = LAYER ".#.mlp.dense_4h_to_h.weight\tembed_out.weight\t"
	    "linear\n" });
}

const struct nn_model nn_model_neox = { .name = "gpt-neox", .data = nn_lm_data,
	.loss = nn_lm_loss, .make_links = links, .forward = forward };
