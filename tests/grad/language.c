/* language.c - gradient checks of ops of language and speech models */
#include "grad.h"

/* More rows and columns than a tile, and no multiples of it. */
static struct nn_node *
attention(struct nn *net)
{
	return reduce(nn_attention(param(net, "a", 2 * 70, 3 * 2 * 3), 70, 2,
	    false));
}

static struct nn_node *
attention_by_head(struct nn *net)
{
	return reduce(nn_attention(param(net, "a", 18, 3 * 1 * 17), 9, 1,
	    true));
}

static struct nn_node *
rotary(struct nn *net)
{
	return reduce(nn_rotary(param(net, "a", 6, 3 * 2 * 5), 3, 2, 4, 100));
}

static struct nn_node *
tokens(struct nn *net)
{
	static const int id[] = { 0, 3, 3, 1, 2, 2 };

	return reduce(nn_embedding_with_positions(param(net, "a", 4, 70), id, 6, 1.5,
	    param(net, "b", 5, 70), 3));
}

static struct nn_node *
gelu(struct nn *net)
{
	return reduce(nn_gelu(param(net, "a", 5, 3), false));
}

static struct nn_node *
gelu_tanh(struct nn *net)
{
	return reduce(nn_gelu(param(net, "a", 5, 3), true));
}

static struct nn_node *
linear_relu(struct nn *net)
{
	return reduce(nn_linear_relu(param(net, "a", 5, 3),
	    param(net, "b", 4, 3), param(net, "c", 1, 4)));
}

static struct nn_node *
addmm(struct nn *net)
{
	return reduce(nn_addmm(param(net, "c", 1, 4), param(net, "a", 5, 3),
	    param(net, "b", 3, 4)));
}

/* The residual stream is also used before and after. */
static struct nn_node *
residual(struct nn *net)
{
	struct nn_node *h = nn_scale(param(net, "h", 5, 4), 2);
	struct nn_node *x = nn_matmul(h, param(net, "a", 4, 3));

	h = nn_linear_residual(h, x, param(net, "b", 4, 3),
	    param(net, "c", 1, 4));
	return reduce(nn_addmm_residual(h, param(net, "e", 1, 4), h,
	    param(net, "d", 4, 4)));
}

/* More rows than are computed at once. */
static struct nn_node *
output(struct nn *net)
{
	static int right[70], id[70];

	for (int i = 0; i < 70; i++) {
		right[i] = i * 7 % 20000;
		id[i] = i % 3;
	}
	return nn_scale(nn_linear_cross_entropy(nn_embedding_sum(
	    param(net, "a", 3, 1), id, 70, 1), nn_linear(input(net, 20000, 2), param(net, "b", 1, 2),
	    param(net, "c", 1, 1)), NULL, right, NULL), 0.5);
}

static struct nn_node *
output_bias(struct nn *net)
{
	static const int right[] = { 2, 0, 1, 3, 3 };

	return nn_linear_cross_entropy(param(net, "a", 5, 3), param(net, "b", 4, 3),
	    param(net, "c", 1, 4), right, NULL);
}

static struct nn_node *
scores(struct nn *net)
{
	return reduce(nn_head_scores(param(net, "a", 1, 6), param(net, "b", 5, 6),
	    2));
}

static struct nn_node *
headwise(struct nn *net)
{
	return reduce(nn_head_matmul(param(net, "a", 5, 6),
	    param(net, "b", 4, 6), 3));
}

static const int row[] = { 0, 2, 1, 3, 1, 2, 3, 0, 0, 0 };

static struct nn_node *
attend(struct nn *net)
{
	return reduce(nn_table_attention(param(net, "a", 5, 3), row, 5, 2));
}

/* Six terms: unrolled loop and remainder; wider than a range. */
static struct nn_node *
mix(struct nn *net)
{
	struct nn_node *w = nn_table_attention(param(net, "a", 5, 3), row, 5, 2);

	return reduce(nn_table_mix(w, param(net, "b", 5, 3 * 70),
	    param(net, "c", 1, 70), row, 2, false));
}

static struct nn_node *
mix_relu(struct nn *net)
{
	struct nn_node *w = nn_table_attention(param(net, "a", 5, 3), row, 5, 2);

	return reduce(nn_table_mix(w, param(net, "b", 5, 3 * 20),
	    param(net, "c", 1, 20), row, 2, true));
}

int
main(void)
{
	check("attention", attention);
	check("attention, one head", attention_by_head);
	check("rotary", rotary);
	check("tokens", tokens);
	check("gelu", gelu);
	check("gelu by tanh", gelu_tanh);
	check("linear_relu", linear_relu);
	check("addmm", addmm);
	check("linear_residual, addmm_residual", residual);
	check("output", output);
	check("output with a bias", output_bias);
	check("scores", scores);
	check("headwise", headwise);
	check("attend", attend);
	check("mix", mix);
	check("mix and relu", mix_relu);
	return tap_done();
}
