/*
 * lm.c - language models against reference values of PyTorch
 *
 * tests/gold/lm.tsv comes from tests/reference/torch-lm.py.
 */
#include "lm.h"
#include "reference.h"

enum { WIDTH = 32, HEADS = 4, VOCAB = 50, CONTEXT = 70, N = 3, STEPS = 5 };

struct test {
	struct subject	 subject;
	int		 input[N * CONTEXT], label[N * CONTEXT];
};

static void
init_test(struct test *t, const char *model, const char *parallel)
{
	static const char *const set[][2] = { { "lm.layers", "2" },
		{ "lm.width", "32" }, { "lm.heads", "4" },
		{ "lm.hidden", "40" }, { "lm.vocab", "50" },
		{ "lm.context", "70" } };

	*t = (struct test){ .subject = { nn_open(0, 2), nn_find_model(model),
	    .batch = { .n = N, .length = CONTEXT, .input = t->input,
	    .label = t->label } } };
	for (size_t i = 0; i < sizeof set / sizeof *set; i++)
		nn_conf_set(&t->subject.conf, set[i][0], "%s", set[i][1]);
	nn_conf_set(&t->subject.conf, "net.model", "%s", model);
	nn_conf_set(&t->subject.conf, "lm.parallel", "%s", parallel);
	for (int i = 0; i < N * (CONTEXT + 1); i++) {
		int token = (i * i * 7 + i / 3) % VOCAB;
		int at = i % (CONTEXT + 1), from = i / (CONTEXT + 1) * CONTEXT;

		if (at < CONTEXT)
			t->input[from + at] = token;
		if (at > 0)
			t->label[from + at - 1] = token;
	}
	init_subject(&t->subject);
}

/* A bias of all keys does not change attention: its gradient is only rounding
 * errors, which Adam normalizes. It is not trained here nor in the reference;
 * with rotary embeddings, only its unrotated elements. */
static void
clear_key_bias(struct nn *net)
{
	enum { HEAD = WIDTH / HEADS, ROTATED = HEAD / 4 };
	static const char *const name[] = {
		"model.transformer_encoder.layers.%d.self_attn.in_proj_bias",
		"h.%d.attn.c_attn.bias",
		"gpt_neox.layers.%d.attention.query_key_value.bias" };
	char full[LINE];

	for (int i = 0; i < 2 * 3; i++) {
		struct nn_node *b;

		snprintf(full, sizeof full, name[i / 2], i % 2);
		b = nn_find_param(net, full);
		for (int h = 0; b && i / 2 == 2 && h < HEADS; h++)
			memset(b->g + 3 * h * HEAD + HEAD + ROTATED, 0,
			    (HEAD - ROTATED) * sizeof *b->g);
		if (b && i / 2 < 2)
			memset(b->g + WIDTH, 0, WIDTH * sizeof *b->g);
	}
}

static void
check_model(const char *name, const char *model, const char *parallel)
{
	struct course c = { .steps = STEPS, .clear = clear_key_bias,
		.optimizer = { .rule = &nn_adamw, .lr = 1e-3,
		    .weight_decay = 0.1, .beta1 = 0.9,
		    .beta2 = 0.95, .eps = 1e-8 } };
	struct test t;

	init_test(&t, model, parallel);
	compare_subject("tests/gold/lm.tsv", name, 1e-5, c, &t.subject);
}

/* nn_lm_next computes the outputs of the loss. */
static void
check_next(void)
{
	struct test t;
	struct nn_node *y;
	double sum = 0, loss;
	size_t wrong;

	init_test(&t, "lm", "1");
	t.subject.batch.n = 1;
	t.subject.batch.length = 1;
	loss = compute_loss(&t.subject, &wrong)->x[0];
	y = nn_lm_next_logits(t.subject.net, &t.subject.conf, t.input, 1);
	for (int i = 0; i < VOCAB; i++)
		sum += exp(y->x[i]);
	ok(fabs(log(sum) - y->x[t.label[0]] - loss) < 1e-5,
	    "outputs after one token");
	close_subject(&t.subject);
}

/* All blocks have the same initial values; layers of a block differ. */
static void
check_init(void)
{
	struct test t;
	const struct nn_node *a, *b, *c;
	size_t wrong;

	init_test(&t, "lm", "1");
	nn_close(t.subject.net);
	t.subject.net = nn_open(0, 1);
	compute_loss(&t.subject, &wrong);
	a = nn_find_param(t.subject.net,
	    "model.transformer_encoder.layers.0.linear1.weight");
	b = nn_find_param(t.subject.net,
	    "model.transformer_encoder.layers.1.linear1.weight");
	c = nn_find_param(t.subject.net,
	    "model.transformer_encoder.layers.1.linear2.weight");
	ok(memcmp(a->x, b->x, a->len * sizeof *a->x) == 0,
	    "blocks start with the same values");
	ok(memcmp(a->x, c->x, a->len * sizeof *a->x) != 0,
	    "layers of a block start with different values");
	close_subject(&t.subject);
}

int
main(void)
{
	check_model("lm", "lm", "1");
	check_model("gpt2", "gpt2", "1");
	check_model("gpt-neox", "gpt-neox", "1");
	check_model("gpt-neox-serial", "gpt-neox", "0");
	check_next();
	check_init();
	return tap_done();
}
