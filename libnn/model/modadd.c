/*
 * modadd.c - the one-layer Transformer that learns a + b mod p
 *
 * The tokens are a, b, "=" at positions 0, 1, 2, and only the output at "=" is
 * used. Outputs and gradients are those of the standard layer, but computed
 * with less work:
 *
 * - Keys and values depend only on token and position: they are a table of
 *   2p + 1 rows, a at row a, b at row p + b, "=" at row 2p. There is one query,
 *   that of "=".
 * - The residual stream after attention is linear in the values, h = rest + sum
 *   of softmax * values W_o'. So a matrix that is applied to h is applied to
 *   the rows of the table rather than to each example.
 * - There is no nonlinearity between relu and logits: D (h + W2 r + b2) + b is
 *   D (h + b2) + b, computed in the same way, plus (D W2) r.
 */
#include <math.h>
#include <string.h>

#include "core/tape.h"
#include "models.h"

#define LAYER "model.transformer_encoder.layers.0"

struct sizes { int64_t p, width, heads, hidden; bool norm; };

/* The residual stream at "=" after attention. */
struct stream {
	const struct nn_batch *batch;
	int		 heads;
	struct nn_node	*weights;	/* attention to a, b: (n, heads * 2) */
	struct nn_node	*values;	/* (2p + 1, width) */
	struct nn_node	*out;		/* W_o: (width, width) */
	struct nn_node	*rest;		/* (1, width) */
};

static int
read_sizes(struct nn *net, const struct nn_conf *c, struct sizes *s)
{
	s->p = nn_conf_int(c, "modadd.p");
	s->width = nn_conf_int(c, "modadd.width");
	s->heads = nn_conf_int(c, "modadd.heads");
	s->hidden = nn_conf_int(c, "modadd.hidden");
	s->norm = nn_conf_int(c, "modadd.norm");
	if (s->width < 2 || s->width > 4096 || s->width % 2)
		return nn_fail(net, "modadd.width: wanted an even number up "
		    "to 4096, got %lld", (long long)s->width);
	if (s->heads < 1 || s->width % s->heads)
		return nn_fail(net, "modadd.heads: %lld does not divide the "
		    "width %lld", (long long)s->heads, (long long)s->width);
	if (s->hidden < 1 || s->hidden > 16384)
		return nn_fail(net, "modadd.hidden: wanted 1 to 16384, got "
		    "%lld",
		    (long long)s->hidden);
	if (nn_conf_int(c, "modadd.layers") != 1)
		return nn_fail(net, "modadd.layers: this model has 1");
	return 0;
}

/* Sinusoidal positions (Vaswani et al. 2017): 0 for the rows of a, 1 for those
 * of b, 2 for the last one. */
static struct nn_node *
make_positions(struct nn *net, const struct sizes *s)
{
	size_t d = s->width, p = s->p;
	struct nn_node *y = nn_input(net, NN_SHAPE(2 * p + 1, d), NULL);

	for (size_t j = 0; y && j < d; j++) {
		double frequency = pow(10000, -(double)(j / 2 * 2) / d);

		for (size_t at = 0; at < 3; at++)
			y->x[at * p * d + j] = j % 2 ? cos(at * frequency) :
			    sin(at * frequency);
	}
	for (size_t i = 0; y && i < 2 * p; i++)
		memcpy(y->x + i * d, y->x + i / p * p * d, d * sizeof *y->x);
	return y;
}

/* sqrt(width) E[token] + position, for all rows of the table */
static struct nn_node *
embed_tokens(struct nn *net, const struct sizes *s)
{
	size_t rows = 2 * s->p + 1;
	struct nn_node *e = nn_param(net, NN_SHAPE(s->p + 1, s->width),
	    (struct nn_init){ .bound = 0.1 }, "model.encoder.weight");
	int *token = nn_alloc_ints(net, rows);

	for (size_t i = 0; token && i < rows; i++)
		token[i] = (int)i == 2 * s->p ? s->p : (int)i % s->p;
	if (token == NULL)
		return NULL;
	return nn_add(nn_scale(nn_embedding_sum(e, token, rows, 1),
	    sqrt((double)s->width)), make_positions(net, s));
}

/* h = embeddings; h += Attn(LN1(h)) */
static struct stream
attend_equals(struct nn *net, const struct sizes *s,
    const struct nn_batch *batch)
{
	size_t d = s->width;
	struct nn_init xavier = { .bound = sqrt(6.0 / (4 * d)) }, zero = { 0 };
	struct nn_init out = { .bound = 1 / sqrt((double)d) };
	struct nn_node *h = embed_tokens(net, s);
	struct nn_node *n = s->norm ? nn_layer_layernorm(h, LAYER ".norm1") : h;
	struct nn_node *w = nn_param(net, NN_SHAPE(3 * d, d), xavier,
	    LAYER ".self_attn.in_proj_weight");
	struct nn_node *b = nn_param(net, NN_SHAPE(3 * d), zero,
	    LAYER ".self_attn.in_proj_bias");
	struct nn_node *q = nn_linear(nn_slice(n, 2 * s->p, 1),
	    nn_slice(w, 0, d), nn_slice(b, 0, d));
	struct nn_node *k = nn_linear(n, nn_slice(w, d, d), nn_slice(b, d, d));

	return (struct stream){
		.batch = batch,
		.heads = s->heads,
		.weights = nn_table_attention(nn_head_scores(q, k, s->heads),
		    batch->input, batch->n, 2),
		.values = nn_linear(n, nn_slice(w, 2 * d, d),
		    nn_slice(b, 2 * d, d)),
		.out = nn_param(net, NN_SHAPE(d, d), out,
		    LAYER ".self_attn.out_proj.weight"),
		.rest = nn_add(nn_slice(h, 2 * s->p, 1), nn_param(net,
		    NN_SHAPE(d), zero, LAYER ".self_attn.out_proj.bias")),
	};
}

/* rest + the sum over heads and rows of weight * (values w'), relu of it */
static struct nn_node *
project_values(const struct stream *h, struct nn_node *w, struct nn_node *rest,
    bool relu)
{
	return nn_table_mix(h->weights, nn_head_matmul(h->values, w, h->heads),
	    rest, h->batch->input, 2, relu);
}

/* w h + b for each example, relu of it */
static struct nn_node *
apply_linear(const struct stream *h, struct nn_node *w, struct nn_node *b,
    bool relu)
{
	return project_values(h, nn_matmul(w, h->out),
	    nn_linear(h->rest, w, b), relu);
}

static struct nn_node *
forward(struct nn *net, const struct sizes *s, const struct nn_batch *batch)
{
	size_t d = s->width, f = s->hidden, classes = s->p + 1;
	struct nn_init in1 = { .bound = 1 / sqrt((double)d) };
	struct nn_init in2 = { .bound = 1 / sqrt((double)f) };
	struct nn_init tenth = { .bound = 0.1 }, zero = { 0 };
	struct stream h = attend_equals(net, s, batch);
	struct nn_node *w1 = nn_param(net, NN_SHAPE(f, d), in1,
	    LAYER ".linear1.weight");
	struct nn_node *b1 = nn_param(net, NN_SHAPE(f), in1,
	    LAYER ".linear1.bias");
	struct nn_node *w2 = nn_param(net, NN_SHAPE(d, f), in2,
	    LAYER ".linear2.weight");
	struct nn_node *b2 = nn_param(net, NN_SHAPE(d), in2,
	    LAYER ".linear2.bias");
	struct nn_node *w = nn_param(net, NN_SHAPE(classes, d), tenth,
	    "model.decoder.weight");
	struct nn_node *b = nn_param(net, NN_SHAPE(classes), zero,
	    "model.decoder.bias");
	struct nn_node *r;

	/* relu(W1 LN2(h) + b1) */
	if (s->norm)
		r = nn_linear_relu(nn_layer_layernorm(project_values(&h, h.out,
		    h.rest, false), LAYER ".norm2"), w1, b1);
	else
		r = apply_linear(&h, w1, b1, true);

	/* D (h + W2 r + b2) + b */
	h.rest = nn_add(h.rest, b2);
	return nn_linear(r, nn_matmul(w, w2), apply_linear(&h, w, b, false));
}

static struct nn_node *
loss(struct nn *net, const struct nn_conf *c, const struct nn_batch *batch,
    struct nn_score *score)
{
	struct sizes s;

	if (read_sizes(net, c, &s) < 0)
		return NULL;
	return nn_cross_entropy(forward(net, &s, batch), batch->label, score);
}

const struct nn_model nn_model_modadd_transformer = {
	.name = "modadd-transformer", .data = nn_modadd_data, .loss = loss,
	.links =
	"model.encoder.weight\t" LAYER ".self_attn.in_proj_weight\tembedding\n"
	LAYER ".self_attn.in_proj_weight\t" LAYER
	    ".self_attn.in_proj_weight\tqk\n"
	LAYER ".self_attn.in_proj_weight\t" LAYER
	    ".self_attn.out_proj.weight\tv\n"
	LAYER ".self_attn.out_proj.weight\t" LAYER ".linear1.weight\tlinear\n"
	LAYER ".linear1.weight\t" LAYER ".linear2.weight\tlinear\n"
	LAYER ".linear2.weight\tmodel.decoder.weight\tlinear\n"
};
