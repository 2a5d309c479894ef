/*
 * lm.c - the Transformer language model: blocks with their norms in front and
 * none at the end, sinusoidal positions, an output layer of its own
 *
 * All blocks start with the values of the first, as PyTorch's TransformerEncoder
 * copies one layer.
 */
#include <math.h>
#include <stdio.h>

#include "lm.h"

#define LAYER "model.transformer_encoder.layers"

/* (length, width): sines and cosines of the position, at the rate of each pair
 * of columns */
static struct nn_node *
positions(struct nn *net, size_t length, size_t width)
{
	struct nn_node *y = nn_input(net, nn_shape(length, width), NULL);

	for (size_t j = 0; y && j < width; j += 2) {
		double rate = pow(10000, -(double)j / width);

		for (size_t t = 0; t < length; t++) {
			y->x[t * width + j] = sin(t * rate);
			if (j + 1 < width)
				y->x[t * width + j + 1] = cos(t * rate);
		}
	}
	return y;
}

/* A weight of block k, drawn as that of block 0. */
static struct nn_node *
weight(struct nn *net, struct nn_shape shape, struct nn_init init, int k,
    const char *name)
{
	char first[100];

	snprintf(first, sizeof first, LAYER ".0.%s", name);
	init.as = first;
	return nn_param(net, shape, init, LAYER ".%d.%s", k, name);
}

static struct nn_node *
block(struct nn_node *h, const struct nn_lm_sizes *s, size_t length, int k)
{
	size_t d = s->width, f = s->hidden;
	struct nn_init xavier = { .bound = sqrt(6.0 / (4 * d)) }, zero = { 0 };
	struct nn_init in1 = { .bound = 1 / sqrt((double)d) };
	struct nn_init in2 = { .bound = 1 / sqrt((double)f) };
	struct nn_node *x;

	if (h == NULL)
		return NULL;
	/* h += attention(norm1(h)) */
	x = nn_affine(nn_layernorm(h, LAYER ".%d.norm1", k),
	    weight(h->net, nn_shape(3 * d, d), xavier, k,
	    "self_attn.in_proj_weight"), weight(h->net, nn_shape(3 * d), zero,
	    k, "self_attn.in_proj_bias"));
	x = nn_attention(x, length, s->heads, false);
	h = nn_affine_onto(h, x, weight(h->net, nn_shape(d, d), in1, k,
	    "self_attn.out_proj.weight"), weight(h->net, nn_shape(d), zero, k,
	    "self_attn.out_proj.bias"), false);
	if (h == NULL)
		return NULL;

	/* h += linear2(relu(linear1(norm2(h)))) */
	x = nn_affine_in(nn_layernorm(h, LAYER ".%d.norm2", k),
	    weight(h->net, nn_shape(f, d), in1, k, "linear1.weight"),
	    weight(h->net, nn_shape(f), in1, k, "linear1.bias"), false, true);
	return nn_affine_onto(h, x, weight(h->net, nn_shape(d, f), in2, k,
	    "linear2.weight"), weight(h->net, nn_shape(d), in2, k,
	    "linear2.bias"), false);
}

static struct nn_lm_output
forward(struct nn *net, const struct nn_conf *c, const struct nn_lm_sizes *s,
    const int *token, size_t n, size_t length)
{
	struct nn_init tenth = { .bound = 0.1 }, zero = { 0 };
	struct nn_node *h = nn_embedding(nn_param(net, nn_shape(s->vocab,
	    s->width), tenth, "model.encoder.weight"), token, n,
	    sqrt((double)s->width), positions(net, length, s->width), length);

	(void)c;
	for (int k = 0; k < s->layers; k++)
		h = block(h, s, length, k);
	return (struct nn_lm_output){ h,
		nn_param(net, nn_shape(s->vocab, s->width), tenth,
		    "model.decoder.weight"),
		nn_param(net, nn_shape(s->vocab), zero,
		    "model.decoder.bias") };
}

static char *
links(const struct nn_conf *c)
{
	return nn_lm_make_links(c, (struct nn_lm_links){
	    .first = "model.encoder.weight\t"
	    LAYER ".0.self_attn.in_proj_weight\tembedding\n",
	    .each = LAYER ".#.self_attn.in_proj_weight\t"
	    LAYER ".#.self_attn.in_proj_weight\tqk\n"
	    LAYER ".#.self_attn.in_proj_weight\t"
	    LAYER ".#.self_attn.out_proj.weight\tv\n"
	    LAYER ".#.self_attn.out_proj.weight\t"
	    LAYER ".#.linear1.weight\tlinear\n"
	    LAYER ".#.linear1.weight\t" LAYER ".#.linear2.weight\tlinear\n",
	    .between = LAYER ".#.linear2.weight\t"
	    LAYER ".+.self_attn.in_proj_weight\tlinear\n",
	    .last = LAYER ".#.linear2.weight\tmodel.decoder.weight\tlinear\n" });
}

const struct nn_model nn_model_lm = { .name = "lm", .data = nn_lm_data, .loss = nn_lm_loss,
	.make_links = links, .forward = forward };
