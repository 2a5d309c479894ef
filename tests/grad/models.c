/* models.c - gradient checks of sequences, layers and models */
#include "grad.h"

static const int lengths[] = { 5, 3, 3, 1 }, labels[] = { 3, 1, 0, 1 };
static const int target[] = { 2, 2, 1, 3, 1 };

static struct nn_node *
build_ctc_loss(struct nn *net)
{
	struct nn_packed_sequence pack;

	if (nn_pack_sequences(net, &pack, lengths, 4) < 0)
		return NULL;
	return nn_ctc_loss(make_param(net, "a", pack.rows, 4), &pack, target,
	    labels);
}

/* Two layers on twelve sequences, more than a unit of work has. */
static struct nn_node *
stack_lstm(struct nn *net, int directions)
{
	static const int length[] = { 4, 4, 3, 3, 3, 2, 2, 2, 1, 1, 1, 1 };
	struct nn_packed_sequence pack;
	struct nn_node *x;

	if (nn_pack_sequences(net, &pack, length, 12) < 0)
		return NULL;
	x = nn_layer_lstm(make_param(net, "a", pack.rows, 3), &pack, 5,
	    directions, 0, "lstm");
	return make_loss(nn_layer_lstm(x, &pack, 2, directions, 1, "lstm"));
}

static struct nn_node *
build_lstm(struct nn *net)
{
	return stack_lstm(net, 1);
}

static struct nn_node *
build_lstm_bidirectional(struct nn *net)
{
	return stack_lstm(net, 2);
}

static struct nn_node *
build_linear(struct nn *net)
{
	return make_loss(nn_layer_linear(make_param(net, "a", 5, 4), 3, "fc%d",
	    1));
}

static struct nn_node *
build_layernorm(struct nn *net)
{
	return make_loss(nn_layer_layernorm(make_param(net, "a", 5, 4),
	    "norm%d", 1));
}

static struct nn_conf conf;
static struct nn_data data;

static struct nn_node *
build_model_loss(struct nn *net)
{
	const struct nn_model *m = nn_find_model(nn_conf_get(&conf,
	    "net.model"));
	struct nn_batch all = { .n = 49, .input = data.input,
		.label = data.label };

	return m->loss(net, &conf, &all, NULL);
}

static void
check_model(const char *name, int norm)
{
	struct nn *net = nn_open(0, 1);

	nn_conf_set(&conf, "net.model", "%s", name);
	nn_conf_set(&conf, "modadd.p", "7");
	nn_conf_set(&conf, "modadd.width", "12");
	nn_conf_set(&conf, "modadd.heads", "3");
	nn_conf_set(&conf, "modadd.hidden", "10");
	nn_conf_set(&conf, "modadd.norm", "%d", norm);
	if (nn_find_model(name)->data(net, &conf, &data) < 0)
		printf("# %s\n", nn_error(net));
	check_case(name, build_model_loss);
	nn_data_free(&data);
	nn_conf_free(&conf);
	nn_close(net);
}

int
main(void)
{
	check_case("linear", build_linear);
	check_case("layernorm", build_layernorm);
	check_case("ctc_loss", build_ctc_loss);
	check_case("lstm", build_lstm);
	check_case("lstm, bidirectional", build_lstm_bidirectional);
	check_model("modadd-transformer", 0);
	check_model("modadd-transformer", 1);
	check_model("modadd-mlp", 0);
	return tap_done();
}
