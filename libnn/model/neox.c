/*
 * neox.c - GPT-NeoX (Black et al. 2022) and Pythia (Biderman et al. 2023), with
 * the names and shapes of the public checkpoints
 *
 * Attention and the MLP of a block are parallel, that is, of the same residual
 * stream (unless lm.parallel is 0); lm.rotary of the columns of each query and
 * key have a rotary position embedding.
 */
#include <math.h>
#include <stdio.h>

#include "core/tape.h"
#include "lm.h"

#define LAYER "gpt_neox.layers"

static const struct nn_init zero = { 0 }, normal = { .std = 0.02 };

/* A layer of block k: its weight (out, in) and bias (out). */
struct layer { struct nn_node *w, *b; };

static struct layer
make_layer(struct nn *net, size_t in, size_t out, int k, const char *name)
{
	return (struct layer){
		nn_param(net, NN_SHAPE(out, in), normal, LAYER ".%d.%s.weight",
		    k, name),
		nn_param(net, NN_SHAPE(out), zero, LAYER ".%d.%s.bias", k,
		    name) };
}

/* Settings of all blocks. */
struct options {
	size_t	rotary_dims;		/* of a head */
	double	rotary_base;
	bool	parallel, gelu_tanh;
};

static struct nn_node *
make_block(struct nn *net, struct nn_node *h, const struct nn_lm_sizes *s,
    const struct options *o, size_t length, int k)
{
	size_t d = s->width, f = s->hidden;
	struct layer in, out, up, down;
	struct nn_node *x, *y;

	x = nn_layer_layernorm(h, LAYER ".%d.input_layernorm", k);
	y = nn_layer_layernorm(h, LAYER ".%d.post_attention_layernorm", k);
	in = make_layer(net, d, 3 * d, k, "attention.query_key_value");
	out = make_layer(net, d, d, k, "attention.dense");
	up = make_layer(net, d, f, k, "mlp.dense_h_to_4h");
	down = make_layer(net, f, d, k, "mlp.dense_4h_to_h");
	x = nn_rotary(nn_linear(x, in.w, in.b), length, s->heads,
	    o->rotary_dims, o->rotary_base);
	x = nn_attention(x, length, s->heads, true);
	h = nn_linear_residual(h, x, out.w, out.b);
	if (!o->parallel)
		y = nn_layer_layernorm(h,
		    LAYER ".%d.post_attention_layernorm", k);
	y = nn_gelu(nn_linear(y, up.w, up.b), o->gelu_tanh);
	return nn_linear_residual(h, y, down.w, down.b);
}

static struct nn_lm_output
forward(struct nn *net, const struct nn_conf *c, const struct nn_lm_sizes *s,
    const int *token, size_t n, size_t length)
{
	struct nn_shape table = NN_SHAPE(s->vocab, s->width);
	struct options o = {
		(size_t)(s->width / s->heads *
		    nn_conf_num(c, "lm.rotary")) / 2 * 2,
		nn_conf_num(c, "lm.rotary_base"),
		nn_conf_int(c, "lm.parallel"),
		nn_conf_int(c, "lm.gelu_tanh") };
	struct nn_node *h = nn_embedding(nn_param(net, table, normal,
	    "gpt_neox.embed_in.weight"), token, n);

	for (int k = 0; k < s->layers; k++)
		h = make_block(net, h, s, &o, length, k);
	return (struct nn_lm_output){ nn_layer_layernorm(h,
	    "gpt_neox.final_layer_norm"), nn_param(net, table, normal,
	    "embed_out.weight"), NULL };
}

static char *
make_links(const struct nn_conf *c)
{
	return nn_lm_make_links(c, (struct nn_lm_links){
	    .first = "gpt_neox.embed_in.weight\t"
	    LAYER ".0.attention.query_key_value.weight\tembedding\n",
	    .block = LAYER ".#.attention.query_key_value.weight\t"
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
	.loss = nn_lm_loss, .make_links = make_links, .forward = forward };
