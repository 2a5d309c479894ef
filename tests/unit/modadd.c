/*
 * modadd.c - modular addition models against reference values of PyTorch
 *
 * tests/gold/modadd.tsv comes from tests/reference/torch-modadd.py, which
 * computes all positions; libnn omits those that do not affect the loss.
 */
#include "reference.h"

enum { P = 11, WIDTH = 16, STEPS = 5, PAIRS = P * P };

struct test {
	struct subject	 subject;
	int		 input[2 * PAIRS], label[PAIRS];
};

static void
init_test(struct test *t, const char *model, const char *norm)
{
	struct nn_conf *c = &t->subject.conf;

	*t = (struct test){ .subject = { nn_open(0, 2), nn_find_model(model),
	    .batch = { .input = t->input, .label = t->label } } };
	nn_conf_set(c, "modadd.p", "%d", P);
	nn_conf_set(c, "modadd.width", "%d", WIDTH);
	nn_conf_set(c, "modadd.heads", "4");
	nn_conf_set(c, "modadd.hidden", "24");
	nn_conf_set(c, "modadd.norm", "%s", norm);
	for (int a = 0; a < P; a++)
		for (int b = 0; b < P; b++) {
			size_t n = t->subject.batch.n;

			if ((a + 2 * b) % 3 == 0)
				continue;
			t->input[2 * n] = a;
			t->input[2 * n + 1] = P + b;
			t->label[n] = (a + b) % P;
			t->subject.batch.n++;
		}
	init_subject(&t->subject);
}

/* A bias of all keys does not change attention: its gradient is only rounding
 * errors, which Adam normalizes. It is not trained here nor in the reference. */
static void
clear_key_bias(struct nn *net)
{
	struct nn_node *b = nn_find_param(net,
	    "model.transformer_encoder.layers.0.self_attn.in_proj_bias");

	if (b)
		memset(b->g + WIDTH, 0, WIDTH * sizeof *b->g);
}

static void
check_model(const char *name, const char *model, const char *norm)
{
	struct course c = { .steps = STEPS, .clear = clear_key_bias,
		.optimizer = { .rule = &nn_adamw, .lr = 1e-3, .weight_decay = 1,
		    .beta1 = 0.9, .beta2 = 0.98, .eps = 1e-8 } };
	struct test t;

	init_test(&t, model, norm);
	compare_subject("tests/gold/modadd.tsv", name, 1e-5, c, &t.subject);
}

int
main(void)
{
	check_model("plain", "modadd-transformer", "0");
	check_model("norm", "modadd-transformer", "1");
	check_model("mlp", "modadd-mlp", "0");
	return tap_done();
}
