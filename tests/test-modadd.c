/*
 * test-modadd.c - the modular addition models against PyTorch's values
 *
 * tests/gold/modadd.tsv comes from tests/torch-modadd.py, which computes the
 * whole layer at all positions; ours leaves out what the loss does not need.
 */
#include "model/models.h"
#include "reference.h"

enum { P = 11, WIDTH = 16, STEPS = 5, PAIRS = P * P };

struct test {
	struct reference ref;
	struct nn_conf	 conf;
	const struct nn_model *model;
	struct nn_batch	 batch;
	int		 input[2 * PAIRS], label[PAIRS];
};

static void
start(struct test *t, const char *name, const char *model, const char *norm)
{
	*t = (struct test){ .ref = { "tests/gold/modadd.tsv", name, NULL, 1e-5 },
	    .model = nn_model(model) };
	nn_conf_set(&t->conf, "modadd.p", "%d", P);
	nn_conf_set(&t->conf, "modadd.width", "%d", WIDTH);
	nn_conf_set(&t->conf, "modadd.heads", "4");
	nn_conf_set(&t->conf, "modadd.hidden", "24");
	nn_conf_set(&t->conf, "modadd.norm", "%s", norm);
	t->batch = (struct nn_batch){ .input = t->input, .label = t->label };
	for (int a = 0; a < P; a++)
		for (int b = 0; b < P; b++) {
			size_t n = t->batch.n;

			if ((a + 2 * b) % 3 == 0)
				continue;
			t->input[2 * n] = a;
			t->input[2 * n + 1] = P + b;
			t->label[n] = (a + b) % P;
			t->batch.n++;
		}
	t->ref.net = nn_open(0, 2);
	t->model->loss(t->ref.net, &t->conf, &t->batch, NULL);
	nn_reset(t->ref.net);
	nn_seal(t->ref.net);
	fill(t->ref.net);
}

/* Adding to all keys changes no attention: their bias has gradient 0, up to
 * rounding, which Adam divides by its own size. Both sides leave it as it is. */
static void
still_keys(struct nn *net)
{
	struct nn_node *b = nn_find(net,
	    "model.transformer_encoder.layers.0.self_attn.in_proj_bias");

	if (b)
		memset(b->g + WIDTH, 0, WIDTH * sizeof *b->g);
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
compare(const char *name, const char *model, const char *norm)
{
	struct course c = { .steps = STEPS, .loss = loss, .still = still_keys,
		.optimiser = { .rule = &nn_adamw, .lr = 1e-3, .decay = 1,
		    .beta1 = 0.9, .beta2 = 0.98, .eps = 1e-8 } };
	struct test t;

	start(&t, name, model, norm);
	compare_course(&t.ref, c, &t);
	nn_conf_free(&t.conf);
	nn_close(t.ref.net);
}

int
main(void)
{
	compare("plain", "modadd-transformer", "0");
	compare("norm", "modadd-transformer", "1");
	compare("mlp", "modadd-mlp", "0");
	return tap_done();
}
