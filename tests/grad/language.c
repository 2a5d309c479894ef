/* language.c - gradient checks of the ops of language models */
#include "grad.h"

/* More rows than one tile has, and no multiple. */
static struct nn_node *
build_attention(struct nn *net)
{
	return make_loss(nn_attention(make_param(net, "a", 2 * 70, 3 * 2 * 3),
	    70, 2, false));
}

static struct nn_node *
build_attention_by_head(struct nn *net)
{
	return make_loss(nn_attention(make_param(net, "a", 18, 3 * 1 * 17), 9,
	    1, true));
}

static struct nn_node *
build_rotary(struct nn *net)
{
	return make_loss(nn_rotary(make_param(net, "a", 6, 3 * 2 * 5), 3, 2, 4,
	    100));
}

static struct nn_node *
build_embedding(struct nn *net)
{
	static const int id[] = { 0, 3, 3, 1, 2, 2 };

	return make_loss(nn_embedding_with_positions(make_param(net, "a", 4,
	    70), id, 6, 1.5, make_param(net, "b", 5, 70), 3));
}

static struct nn_node *
build_gelu(struct nn *net)
{
	return make_loss(nn_gelu(make_param(net, "a", 5, 3), false));
}

static struct nn_node *
build_gelu_tanh(struct nn *net)
{
	return make_loss(nn_gelu(make_param(net, "a", 5, 3), true));
}

static struct nn_node *
build_linear_relu(struct nn *net)
{
	return make_loss(nn_linear_relu(make_param(net, "a", 5, 3),
	    make_param(net, "b", 4, 3), make_param(net, "c", 1, 4)));
}

static struct nn_node *
build_addmm(struct nn *net)
{
	return make_loss(nn_addmm(make_param(net, "c", 1, 4),
	    make_param(net, "a", 5, 3), make_param(net, "b", 3, 4)));
}

/* The residual stream is also used before and after. */
static struct nn_node *
build_residual(struct nn *net)
{
	struct nn_node *h = nn_scale(make_param(net, "h", 5, 4), 2);
	struct nn_node *x = nn_matmul(h, make_param(net, "a", 4, 3));

	h = nn_linear_residual(h, x, make_param(net, "b", 4, 3),
	    make_param(net, "c", 1, 4));
	return make_loss(nn_addmm_residual(h, make_param(net, "e", 1, 4), h,
	    make_param(net, "d", 4, 4)));
}

/* More rows than a chunk has. */
static struct nn_node *
build_linear_cross_entropy(struct nn *net)
{
	static int right[70], id[70];

	for (int i = 0; i < 70; i++) {
		right[i] = i * 7 % 20000;
		id[i] = i % 3;
	}
	return nn_scale(nn_linear_cross_entropy(nn_embedding_sum(make_param(net,
	    "a", 3, 1), id, 70, 1), nn_linear(make_input(net, 20000, 2),
	    make_param(net, "b", 1, 2), make_param(net, "c", 1, 1)), NULL,
	    right, NULL), 0.5);
}

static struct nn_node *
build_linear_cross_entropy_bias(struct nn *net)
{
	static const int right[] = { 2, 0, 1, 3, 3 };

	return nn_linear_cross_entropy(make_param(net, "a", 5, 3),
	    make_param(net, "b", 4, 3), make_param(net, "c", 1, 4), right,
	    NULL);
}

static struct nn_node *
build_head_scores(struct nn *net)
{
	return make_loss(nn_head_scores(make_param(net, "a", 1, 6),
	    make_param(net, "b", 5, 6), 2));
}

static struct nn_node *
build_head_matmul(struct nn *net)
{
	return make_loss(nn_head_matmul(make_param(net, "a", 5, 6),
	    make_param(net, "b", 4, 6), 3));
}

static const int row[] = { 0, 2, 1, 3, 1, 2, 3, 0, 0, 0 };

static struct nn_node *
build_table_attention(struct nn *net)
{
	return make_loss(nn_table_attention(make_param(net, "a", 5, 3), row, 5,
	    2));
}

/* Six terms, four at a time and two more; more columns than a unit of work. */
static struct nn_node *
build_table_mix(struct nn *net)
{
	struct nn_node *w = nn_table_attention(make_param(net, "a", 5, 3), row,
	    5, 2);

	return make_loss(nn_table_mix(w, make_param(net, "b", 5, 3 * 70),
	    make_param(net, "c", 1, 70), row, 2, false));
}

static struct nn_node *
build_table_mix_relu(struct nn *net)
{
	struct nn_node *w = nn_table_attention(make_param(net, "a", 5, 3), row,
	    5, 2);

	return make_loss(nn_table_mix(w, make_param(net, "b", 5, 3 * 20),
	    make_param(net, "c", 1, 20), row, 2, true));
}

int
main(void)
{
	check_case("attention", build_attention);
	check_case("attention by head, one head", build_attention_by_head);
	check_case("rotary", build_rotary);
	check_case("embedding_with_positions", build_embedding);
	check_case("gelu", build_gelu);
	check_case("gelu, by tanh", build_gelu_tanh);
	check_case("linear_relu", build_linear_relu);
	check_case("addmm", build_addmm);
	check_case("linear_residual, addmm_residual", build_residual);
	check_case("linear_cross_entropy", build_linear_cross_entropy);
	check_case("linear_cross_entropy with bias",
	    build_linear_cross_entropy_bias);
	check_case("head_scores", build_head_scores);
	check_case("head_matmul", build_head_matmul);
	check_case("table_attention", build_table_attention);
	check_case("table_mix", build_table_mix);
	check_case("table_mix with relu", build_table_mix_relu);
	return tap_done();
}
