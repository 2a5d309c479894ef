/*
 * test-modadd.c - the modular addition models against PyTorch's values
 *
 * tests/gold/modadd.tsv comes from tests/torch-modadd.py, which computes the
 * whole layer at all positions; ours leaves out what the loss does not need.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/models.h"
#include "tap.h"

enum { P = 11, WIDTH = 16, STEPS = 5, PAIRS = P * P, LINE = 256 };

static const char gold[] = "tests/gold/modadd.tsv";
static const double NEAR = 1e-5;

struct test {
	const char	*name;		/* in the table */
	struct nn_conf	 conf;
	const struct nn_model *model;
	struct nn	*net;
	struct nn_batch	 batch;
	int		 input[2 * PAIRS], label[PAIRS];
};

/* The weights of torch-modadd.py. */
static void
fill(struct nn *net)
{
	struct nn_node *w;

	for (size_t i = 0; (w = nn_param_at(net, i)); i++) {
		const char *name = nn_param_name(net, i) + strlen("model.");
		size_t n = strlen(name);
		int k = 0;

		for (size_t j = 0; j < n; j++)
			k += name[j];
		for (size_t j = 0; j < w->len; j++) {
			w->x[j] = sin(0.37 * j + k) / 4;
			if (strstr(name, "norm") && strstr(name, "weight"))
				w->x[j] += 1;
		}
	}
}

static void
start(struct test *t, const char *name, const char *model, const char *norm)
{
	*t = (struct test){ .name = name, .model = nn_model(model) };
	nn_conf_set(&t->conf, "modadd.p", "%d", P);
	nn_conf_set(&t->conf, "modadd.width", "%d", WIDTH);
	nn_conf_set(&t->conf, "modadd.heads", "4");
	nn_conf_set(&t->conf, "modadd.hidden", "24");
	nn_conf_set(&t->conf, "modadd.norm", "%s", norm);
	t->batch = (struct nn_batch){ 0, t->input, t->label };
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
	t->net = nn_open(0, 2);
	t->model->loss(t->net, &t->conf, &t->batch, NULL);
	nn_reset(t->net);
	nn_seal(t->net);
	fill(t->net);
}

/* Read the next row of the table that is this test's; its two numbers. */
static bool
next(FILE *f, const struct test *t, const char *what, char name[LINE],
    double want[2])
{
	char line[LINE], model[LINE], kind[LINE];

	while (fgets(line, sizeof line, f))
		if (sscanf(line, "%s %s %s %lf %lf", model, kind, name,
		    &want[0], &want[1]) == 5 &&
		    strcmp(model, t->name) == 0 && strcmp(kind, what) == 0)
			return true;
	return false;
}

/* How far the sums over x are from the wanted ones, in parts of its norm. */
static double
distance(const nn_real *x, size_t n, const double want[2])
{
	double first = 0, second = 0;

	for (size_t i = 0; i < n; i++) {
		first += x[i] * cos(0.9 * i);
		second += (double)x[i] * x[i];
	}
	return fmax(fabs(first - want[0]), fabs(sqrt(second) - sqrt(want[1]))) /
	    sqrt(want[1]);
}

static void
compare_all(const struct test *t, const char *what, double near)
{
	FILE *f = fopen(gold, "r");
	char name[LINE], full[LINE + 6], worst[LINE] = "none";
	double want[2], most = 0;
	int rows = 0;

	while (f && next(f, t, what, name, want)) {
		const struct nn_node *w;
		double d = INFINITY;

		snprintf(full, sizeof full, "model.%s", name);
		w = nn_find(t->net, full);
		if (w)
			d = distance(*what == 'g' ? w->g : w->x, w->len, want);
		if (d > most) {
			most = d;
			strcpy(worst, name);
		}
		rows++;
	}
	if (f)
		fclose(f);
	ok(rows && most < near, "%s: %d of %s, error %.2g (%s)", t->name, rows,
	    what, most, worst);
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

static void
compare(const char *name, const char *model, const char *norm)
{
	struct nn_adamw adam = { 1e-3, 0.9, 0.98, 1e-8, 1, NULL, NULL };
	FILE *f = fopen(gold, "r");
	char dash[LINE];
	struct test t;

	start(&t, name, model, norm);
	nn_adamw_open(&adam, t.net);
	for (int step = 0; step < STEPS; step++) {
		double want[2] = { NAN, NAN };
		struct nn_node *loss;
		size_t wrong;

		nn_reset(t.net);
		loss = t.model->loss(t.net, &t.conf, &t.batch, &wrong);
		nn_backward(loss);
		if (f)
			next(f, &t, "loss", dash, want);
		ok(fabs(loss->x[0] - want[0]) < NEAR * want[0] &&
		    wrong == want[1], "%s: step %d: loss %.9g, %zu wrong",
		    name, step, loss->x[0], wrong);
		if (step == 0)
			compare_all(&t, "gradient", NEAR);
		still_keys(t.net);
		nn_adamw_step(&adam, t.net, step + 1);
	}
	compare_all(&t, "weights", NEAR);
	if (f)
		fclose(f);
	nn_adamw_close(&adam);
	nn_conf_free(&t.conf);
	nn_close(t.net);
}

int
main(void)
{
	compare("plain", "modadd-transformer", "0");
	compare("norm", "modadd-transformer", "1");
	compare("mlp", "modadd-mlp", "0");
	return tap_done();
}
