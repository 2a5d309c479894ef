/*
 * lm.c - the paper's Transformer language model: pre-norm blocks without a
 * final norm, sinusoidal positions (Vaswani et al. 2017), an output layer that
 * is not tied to the embedding
 *
 * All blocks start with the same values, as the TransformerEncoder of PyTorch
 * copies one layer.
 */
#include <math.h>
#include <stdio.h>

#include "lm.h"

#define LAYER "model.transformer_encoder.layers"

/* Sinusoidal positions (length, width): sin and cos of t / 10000^(j / width)
 * for each pair of columns j, j + 1 */
static struct nn_node *
make_positions(struct nn *net, size_t length, size_t width)
{
	struct nn_node *y = nn_input(net, NN_SHAPE(length, width), NULL);

	for (size_t j = 0; y && j < width; j += 2) {
		double frequency = pow(10000, -(double)j / width);

		for (size_t t = 0; t < length; t++) {
			y->x[t * width + j] = sin(t * frequency);
			if (j + 1 < width)
				y->x[t * width + j + 1] = cos(t * frequency);
		}
	}
	return y;
}

/* A weight of block k, with the initial values of that of block 0. */
static struct nn_node *
make_weight(struct nn *net, struct nn_shape shape, struct nn_init init, int k,
    const char *name)
{
	char first[100];

	snprintf(first, sizeof first, LAYER ".0.%s", name);
	init.same_as = first;
	return nn_param(net, shape, init, LAYER ".%d.%s", k, name);
}

static struct nn_node *
make_block(struct nn *net, struct nn_node *h, const struct nn_lm_sizes *s,
    size_t length, int k)
{
	size_t d = s->width, f = s->hidden;
	struct nn_init xavier = { .bound = sqrt(6.0 / (4 * d)) }, zero = { 0 };
	struct nn_init in1 = { .bound = 1 / sqrt((double)d) };
	struct nn_init in2 = { .bound = 1 / sqrt((double)f) };
	struct nn_node *x, *w, *b;

	/* h += attention(norm1(h)) */
	b = make_weight(net, NN_SHAPE(3 * d), zero, k,
	    "self_attn.in_proj_bias");
	w = make_weight(net, NN_SHAPE(3 * d, d), xavier, k,
	    "self_attn.in_proj_weight");
	x = nn_linear(nn_layer_layernorm(h, LAYER ".%d.norm1", k), w, b);
	x = nn_attention(x, length, s->heads, false);
	b = make_weight(net, NN_SHAPE(d), zero, k, "self_attn.out_proj.bias");
	w = make_weight(net, NN_SHAPE(d, d), in1, k,
	    "self_attn.out_proj.weight");
	h = nn_linear_residual(h, x, w, b);

	/* h += linear2(relu(linear1(norm2(h)))) */
	b = make_weight(net, NN_SHAPE(f), in1, k, "linear1.bias");
	w = make_weight(net, NN_SHAPE(f, d), in1, k, "linear1.weight");
	x = nn_linear_relu(nn_layer_layernorm(h, LAYER ".%d.norm2", k), w, b);
	b = make_weight(net, NN_SHAPE(d), in2, k, "linear2.bias");
	w = make_weight(net, NN_SHAPE(d, f), in2, k, "linear2.weight");
	return nn_linear_residual(h, x, w, b);
}

static struct nn_lm_output
forward(struct nn *net, const struct nn_conf *c, const struct nn_lm_sizes *s,
    const int *token, size_t n, size_t length)
{
	struct nn_init tenth = { .bound = 0.1 }, zero = { 0 };
	struct nn_shape table = NN_SHAPE(s->vocab, s->width);
	struct nn_node *h = nn_embedding_with_positions(nn_param(net, table,
	    tenth, "model.encoder.weight"), token, n, sqrt((double)s->width),
	    make_positions(net, length, s->width), length);

	(void)c;
	for (int k = 0; k < s->layers; k++)
		h = make_block(net, h, s, length, k);
	return (struct nn_lm_output){ h,
		nn_param(net, table, tenth, "model.decoder.weight"),
		nn_param(net, NN_SHAPE(s->vocab), zero,
		    "model.decoder.bias") };
}

static char *
make_links(const struct nn_conf *c)
{
	return nn_lm_make_links(c, (struct nn_lm_links){
	    .first = "model.encoder.weight\t"
	    LAYER ".0.self_attn.in_proj_weight\tembedding\n",
	    .block = LAYER ".#.self_attn.in_proj_weight\t"
	    LAYER ".#.self_attn.in_proj_weight\tqk\n"
	    LAYER ".#.self_attn.in_proj_weight\t"
	    LAYER ".#.self_attn.out_proj.weight\tv\n"
	    LAYER ".#.self_attn.out_proj.weight\t"
	    LAYER ".#.linear1.weight\tlinear\n"
	    LAYER ".#.linear1.weight\t" LAYER ".#.linear2.weight\tlinear\n",
	    .between = LAYER ".#.linear2.weight\t"
	    LAYER ".+.self_attn.in_proj_weight\tlinear\n",
	    .last = LAYER ".#.linear2.weight\t"
	    "model.decoder.weight\tlinear\n" });
}

const struct nn_model nn_model_lm = { .name = "lm", .data = nn_lm_data,
	.loss = nn_lm_loss, .make_links = make_links, .forward = forward };
