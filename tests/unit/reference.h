/*
 * reference.h - loss, gradients and weights of a network against a table
 *
 * The tables in tests/gold come from the torch-*.py scripts: columns model,
 * what (loss, gradient, weights), name, and two numbers: the loss and the
 * number of errors, or two sums over an array. Weights are initialized to
 * scatter(i, k) / 4, where k is the sum of the bytes of the parameter's name;
 * gains are 1 more.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models.h"
#include "optim.h"
#include "tap.h"

enum { LINE = 256 };

struct reference {
	const char	*table;		/* its path */
	const char	*model;		/* first column of its rows */
	struct nn	*net;
	double		 near;		/* tolerance, relative */
};

/* A reproducible pseudorandom number in [-1, 1). */
static inline double
scatter(size_t i, int k)
{
	double x = sin(12.9898 * i + k) * 43758.5453;

	return 2 * (x - floor(x)) - 1;
}

/* Whether the processor multiplies BF16. */
static inline bool
has_bf16(void)
{
	struct nn *net = nn_open(0, 1);
	bool has = nn_set_precision(net, NN_PRECISION_BF16) == 0;

	nn_close(net);
	return has;
}

/* The name in the tables, without "model.". */
static inline const char *
table_name(const char *name)
{
	size_t n = strlen("model.");

	return strncmp(name, "model.", n) == 0 ? name + n : name;
}

static inline void
fill_params(struct nn *net)
{
	struct nn_node *w;

	for (size_t i = 0; (w = nn_param_at(net, i)); i++) {
		const char *name = table_name(nn_param_name(net, i));
		bool gain = strstr(name, "weight") && w->shape.rank == 1;
		size_t n = strlen(name);
		int k = 0;

		for (size_t j = 0; j < n; j++)
			k += name[j];
		for (size_t j = 0; w->requires_grad && j < w->len; j++)
			w->x[j] = scatter(j, k) / 4 + gain;
	}
}

/* The name and numbers of the next row for what; false at the end. */
static inline bool
next_row(FILE *f, const struct reference *r, const char *what, char name[LINE],
    double want[2])
{
	char line[LINE], model[LINE], kind[LINE];

	while (fgets(line, sizeof line, f))
		if (sscanf(line, "%s %s %s %lf %lf", model, kind, name,
		    &want[0], &want[1]) == 5 &&
		    strcmp(model, r->model) == 0 && strcmp(kind, what) == 0)
			return true;
	return false;
}

/* Distance of two sums over x to the expected ones, relative to the norm. */
static inline double
sum_error(const nn_real *x, size_t n, const double want[2])
{
	double first = 0, second = 0;

	for (size_t i = 0; i < n; i++) {
		first += x[i] * cos(0.9 * i);
		second += (double)x[i] * x[i];
	}
	return fmax(fabs(first - want[0]), fabs(sqrt(second) - sqrt(want[1]))) /
	    sqrt(want[1]);
}

/* Compare all gradients or weights of the table. */
static inline void
compare_arrays(const struct reference *r, const char *what)
{
	FILE *f = fopen(r->table, "r");
	char name[LINE], full[LINE + 6], worst[LINE] = "none";
	double want[2], most = 0;
	int rows = 0;

	while (f && next_row(f, r, what, name, want)) {
		const struct nn_node *w;
		double d = INFINITY;

		snprintf(full, sizeof full, "model.%s", name);
		w = nn_find_param(r->net, full);
		if (w == NULL)
			w = nn_find_param(r->net, name);
		if (w)
			d = sum_error(*what == 'g' ? w->g : w->x, w->len, want);
		if (!(d <= most)) {
			most = d;
			strcpy(worst, name);
		}
		rows++;
	}
	if (f)
		fclose(f);
	ok(rows && most < r->near, "%s: %d of %s, error %.2g (%s)", r->model,
	    rows, what, most, worst);
}

/* Compare with the next loss of the table. */
static inline void
compare_loss(FILE *f, const struct reference *r, int step, double loss,
    size_t wrong)
{
	double want[2] = { NAN, NAN };
	char dash[LINE];

	if (f)
		next_row(f, r, "loss", dash, want);
	ok(fabs(loss - want[0]) < r->near * want[0] && wrong == want[1],
	    "%s: step %d: loss %.9g, %zu wrong", r->model, step, loss, wrong);
}

/*
 * Training steps against the table: each loss, the first gradients, the last
 * weights. loss computes that of a step from arg and sets *wrong; clear, if not
 * NULL, sets gradients to 0 that are only rounding errors, before a step.
 */
struct course {
	struct nn_optimizer optimizer;
	int	 steps;
	struct nn_node *(*loss)(void *arg, size_t *wrong);
	void	(*clear)(struct nn *);
};

static inline void
compare_course(const struct reference *r, struct course c, void *arg)
{
	FILE *f = fopen(r->table, "r");

	nn_optimizer_open(&c.optimizer, r->net);
	for (int step = 0; step < c.steps; step++) {
		struct nn_node *loss;
		size_t wrong = 0;

		nn_reset(r->net);
		loss = c.loss(arg, &wrong);
		nn_backward(loss);
		compare_loss(f, r, step, loss->x[0], wrong);
		if (step == 0)
			compare_arrays(r, "gradient");
		if (c.clear)
			c.clear(r->net);
		nn_optimizer_step(&c.optimizer, r->net, step + 1);
	}
	compare_arrays(r, "weights");
	if (f)
		fclose(f);
	nn_optimizer_close(&c.optimizer);
}

/* A model and a batch to compare it on. */
struct subject {
	struct nn	*net;
	const struct nn_model *model;
	struct nn_conf	 conf;
	struct nn_batch	 batch;
};

static inline struct nn_node *
compute_loss(void *arg, size_t *wrong)
{
	struct subject *s = arg;
	struct nn_score score;
	struct nn_node *y = s->model->loss(s->net, &s->conf, &s->batch, &score);

	*wrong = score.wrong;
	return y;
}

/* Create and fill its parameters. */
static inline void
init_subject(struct subject *s)
{
	s->model->loss(s->net, &s->conf, &s->batch, NULL);
	nn_reset(s->net);
	nn_seal(s->net);
	fill_params(s->net);
}

static inline void
close_subject(struct subject *s)
{
	nn_conf_free(&s->conf);
	nn_close(s->net);
}

/* Compare with these rows of the table, by c except c.loss; then close it. */
static inline void
compare_subject(const char *table, const char *rows, double near,
    struct course c, struct subject *s)
{
	struct reference r = { table, rows, s->net, near };

	c.loss = compute_loss;
	compare_course(&r, c, s);
	close_subject(s);
}

#endif
