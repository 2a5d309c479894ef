/*
 * test-lm.c - the language models against PyTorch's values
 *
 * tests/gold/lm.tsv comes from tests/torch-lm.py.
 */
#include "model/models.h"
#include "reference.h"

enum { WIDTH = 32, HEADS = 4, VOCAB = 50, CONTEXT = 70, N = 3, STEPS = 5 };

struct test {
	struct reference ref;
	struct nn_conf	 conf;
	const struct nn_model *model;
	struct nn_batch	 batch;
	int		 input[N * CONTEXT], label[N * CONTEXT];
};

static void
start(struct test *t, const char *name, const char *model, const char *parallel)
{
	static const char *const set[][2] = { { "lm.layers", "2" },
		{ "lm.width", "32" }, { "lm.heads", "4" },
		{ "lm.hidden", "40" }, { "lm.vocab", "50" },
		{ "lm.context", "70" } };

	*t = (struct test){ .ref = { "tests/gold/lm.tsv", name, nn_open(0, 2),
	    1e-5 }, .model = nn_model(model) };
	for (size_t i = 0; i < sizeof set / sizeof *set; i++)
		nn_conf_set(&t->conf, set[i][0], "%s", set[i][1]);
	nn_conf_set(&t->conf, "lm.parallel", "%s", parallel);
	t->batch = (struct nn_batch){ .n = N, .length = CONTEXT,
		.input = t->input, .label = t->label };
	for (int i = 0; i < N * (CONTEXT + 1); i++) {
		int token = (i * i * 7 + i / 3) % VOCAB;
		int at = i % (CONTEXT + 1), from = i / (CONTEXT + 1) * CONTEXT;

		if (at < CONTEXT)
			t->input[from + at] = token;
		if (at > 0)
			t->label[from + at - 1] = token;
	}
	t->model->loss(t->ref.net, &t->conf, &t->batch, NULL);
	nn_reset(t->ref.net);
	nn_seal(t->ref.net);
	fill(t->ref.net);
}

/* Adding to all keys changes no attention: their bias has gradient 0, up to
 * rounding, which Adam divides by its own size. Both sides leave it as it is;
 * where a part of them turns by position, the rest. */
static void
still_keys(struct nn *net)
{
	enum { HEAD = WIDTH / HEADS, TURNED = HEAD / 4 };
	static const char *const name[] = {
		"model.transformer_encoder.layers.%d.self_attn.in_proj_bias",
		"h.%d.attn.c_attn.bias",
		"gpt_neox.layers.%d.attention.query_key_value.bias" };
	char full[LINE];

	for (int i = 0; i < 2 * 3; i++) {
		struct nn_node *b;

		snprintf(full, sizeof full, name[i / 2], i % 2);
		b = nn_find(net, full);
		for (int h = 0; b && i / 2 == 2 && h < HEADS; h++)
			memset(b->g + 3 * h * HEAD + HEAD + TURNED, 0,
			    (HEAD - TURNED) * sizeof *b->g);
		if (b && i / 2 < 2)
			memset(b->g + WIDTH, 0, WIDTH * sizeof *b->g);
	}
}

static struct nn_node *
loss(void *arg, size_t *wrong)
{
	struct test *t = arg;
	struct nn_score score;
	struct nn_node *y = t->model->loss(t->ref.net, &t->conf, &t->batch,
	    &score);

	*wrong = score.wrong;
	return y;
}

static void
compare(const char *name, const char *model, const char *parallel)
{
	struct course c = { .steps = STEPS, .loss = loss, .still = still_keys,
		.optimiser = { .rule = &nn_adamw, .lr = 1e-3, .decay = 0.1,
		    .beta1 = 0.9, .beta2 = 0.95, .eps = 1e-8 } };
	struct test t;

	start(&t, name, model, parallel);
	compare_course(&t.ref, c, &t);
	nn_conf_free(&t.conf);
	nn_close(t.ref.net);
}

/* What comes next is what the loss is about: the same outputs. */
static void
check_next(void)
{
	struct test t;
	struct nn_node *y;
	double sum = 0, loss;

	start(&t, "lm", "lm", "1");
	t.batch.n = 1;
	t.batch.length = 1;
	loss = t.model->loss(t.ref.net, &t.conf, &t.batch, NULL)->x[0];
	y = t.model->next(t.ref.net, &t.conf, t.input, 1);
	for (int i = 0; i < VOCAB; i++)
		sum += exp(y->x[i]);
	ok(fabs(log(sum) - y->x[t.label[0]] - loss) < 1e-5,
	    "outputs after one token");
	nn_conf_free(&t.conf);
	nn_close(t.ref.net);
}

/* Blocks start equal, other weights do not. */
static void
check_start(void)
{
	struct test t = { .model = nn_model("lm") };
	const struct nn_node *a, *b, *c;

	start(&t, "lm", "lm", "1");
	nn_close(t.ref.net);
	t.ref.net = nn_open(0, 1);
	t.model->loss(t.ref.net, &t.conf, &t.batch, NULL);
	a = nn_find(t.ref.net, "model.transformer_encoder.layers.0.linear1.weight");
	b = nn_find(t.ref.net, "model.transformer_encoder.layers.1.linear1.weight");
	c = nn_find(t.ref.net, "model.transformer_encoder.layers.1.linear2.weight");
	ok(memcmp(a->x, b->x, a->len * sizeof *a->x) == 0,
	    "blocks start with the same values");
	ok(memcmp(a->x, c->x, a->len * sizeof *a->x) != 0, "layers do not");
	nn_conf_free(&t.conf);
	nn_close(t.ref.net);
}

int
main(void)
{
	compare("lm", "lm", "1");
	compare("gpt2", "gpt2", "1");
	compare("gpt-neox", "gpt-neox", "1");
	compare("gpt-neox-serial", "gpt-neox", "0");
	check_next();
	check_start();
	return tap_done();
}
