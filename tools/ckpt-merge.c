/* ckpt-merge - add what models learned over a base, by one of three methods */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mix.h"
#include "noise.h"
#include "numbers.h"
#include "select.h"
#include "together.h"

enum { PART = 4096 };		/* a multiple of what noise_words gives */

static const char *method = "sum", *weight_list;
static double density = NAN, scale = 1;
static int64_t seed;

static const struct opt opts[] = {
	{ 'm', "method", OPT_STR, "name", &method,
	    "sum, ties or dare", false },
	{ 'w', "weights", OPT_STR, "list", &weight_list,
	    "of each model: 0.5,1 (1 each)", false },
	{ 0, "scale", OPT_NUM, "x", &scale,
	    "of all that is added (1)", false },
	{ 'k', "keep", OPT_NUM, "part", &density,
	    "of differences (ties 0.2, dare 0.1)", false },
	{ 0, "seed", OPT_INT, "n", &seed, "of what dare drops", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "base model [model ...]",
	.what = "merge models that were trained from a base",
	.opts = opts,
	.common = CLI_IN | CLI_OUT,
};

static struct numbers weights;
static size_t models;
static bool ties, dare;

/* The weighted difference of model m to the base, n elements from i on. */
static void
difference(double *d, const struct tensor t[], size_t m, size_t i, size_t n)
{
	struct tensor x = mix_part(&t[1 + m], i, n), b = mix_part(&t[0], i, n);
	double base[PART];

	ckpt_to_double(d, x.data, x.type, n);
	ckpt_to_double(base, b.data, b.type, n);
	for (size_t k = 0; k < n; k++)
		d[k] = weights.x[m] * (d[k] - base[k]);
}

/* ------------------------------------------------------------------- TIES */

/* Trim: of each model's differences the largest. */
static void
trim(struct select *s, const struct tensor t[], size_t m)
{
	double d[PART];

	select_free(s);			/* of the tensor before */
	for (select_start(s, (uint64_t)floor(density * t->len + 1e-9)); s->more;
	    select_end(s))
		for (size_t i = 0, n; i < t->len; i += n) {
			n = t->len - i < PART ? t->len - i : PART;
			difference(d, t, m, i, n);
			select_add(s, d, n);
		}
}

/* Elect the sign of the sum, and take the mean of those that have it. */
static double
elect(const double *d, size_t step)
{
	double sum = 0, agreed = 0;
	size_t n = 0;

	for (size_t m = 0; m < models; m++)
		sum += d[m * step];
	for (size_t m = 0; m < models; m++)
		if (d[m * step] * sum > 0) {
			agreed += d[m * step];
			n++;
		}
	return n > 0 ? agreed / n : 0;
}

/* ------------------------------------------------------------------- DARE */

/* Drop each with probability 1 - density, and make up for it. */
static void
drop(double *d, size_t i, size_t n, const char *name, size_t m)
{
	char purpose[32];
	uint64_t stream;
	uint32_t w[4];

	snprintf(purpose, sizeof purpose, "dare%zu:", m + 1);
	stream = noise_stream(purpose, name);
	for (size_t k = 0; k < n; k++) {
		if (k % 4 == 0)
			noise_words(w, seed, stream, i + k);
		d[k] = w[k % 4] < density * 0x1p32 ? d[k] / density : 0;
	}
}

/* ------------------------------------------------------------------ merge */

/* base + scale * what the method makes of the differences, into out. */
static void
merge(const struct tensor t[], char *out, struct select *chosen)
{
	static double *d;		/* (models, PART) */
	unsigned char keep[PART];
	size_t size = ckpt_type_size(t->type);

	if (d == NULL)
		d = xmalloc(models * PART * sizeof *d);
	for (size_t m = 0; ties && m < models; m++)
		trim(&chosen[m], t, m);
	for (size_t i = 0, n; i < t->len; i += n) {
		double sum[PART] = { 0 };
		struct tensor b, s = { .type = CKPT_F64, .data = sum };

		s.len = n = t->len - i < PART ? t->len - i : PART;
		b = mix_part(&t[0], i, n);
		for (size_t m = 0; m < models; m++) {
			double *x = d + m * PART;

			difference(x, t, m, i, n);
			if (dare)
				drop(x, i, n, t->name, m);
			if (ties)
				select_take(&chosen[m], x, n, keep);
			for (size_t k = 0; k < n; k++) {
				x[k] = ties && !keep[k] ? 0 : x[k];
				sum[k] += x[k];
			}
		}
		for (size_t k = 0; ties && k < n; k++)
			sum[k] = elect(d + k, PART);
		mix(out + i * size, &b, 1, &s, scale);
	}
}

static void
set_method(void)
{
	ties = strcmp(method, "ties") == 0;
	dare = strcmp(method, "dare") == 0;
	if (!ties && !dare && strcmp(method, "sum") != 0)
		usage("--method is sum, ties or dare, not %s", method);
	if (isnan(density))
		density = ties ? 0.2 : dare ? 0.1 : 1;
	else if (!ties && !dare)
		usage("--keep is of ties and dare");
	if (!(density > 0 && density <= 1))
		usage("--keep wants a part above 0, up to 1");
	if (weight_list) {
		weights = numbers_of(weight_list, "weights");
		if (weights.n != models)
			usage("--weights: %zu for %zu models", weights.n,
			    models);
	} else {
		weights.x = xmalloc(models * sizeof *weights.x);
		for (size_t m = 0; m < models; m++)
			weights.x[m] = 1;
	}
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	struct select *chosen;
	struct together *g;
	struct ckpt_wr *out;
	struct tensor *t;
	uint64_t nth = UINT64_MAX;
	char *room = NULL;
	size_t n = 0;

	while (paths[n])
		n++;
	if (n < 2)
		usage("wanted a base and models; see --help");
	models = n - 1;
	set_method();
	t = xmalloc(n * sizeof *t);
	chosen = calloc(models, sizeof *chosen);
	if (chosen == NULL)
		die("out of memory");
	g = together_open(paths, n, false);
	out = cli_create(NULL);
	while (together_next(g, t)) {
		struct tensor merged = t[0];

		if (together_nth(g) != nth)
			cli_check(out, ckpt_follow(out,
			    together_reader(g, 0)));
		nth = together_nth(g);
		for (size_t m = 1; m < n && !mix_can(&t[0]); m++)
			mix_keep(&t[0], &t[m]);
		if (mix_can(&t[0])) {
			merged.data = room = xrealloc(room, t[0].size + 1);
			merge(t, room, chosen);
		}
		cli_check(out, ckpt_put(out, &merged));
	}
	cli_finish(out);
	together_close(g);
	for (size_t m = 0; m < models; m++)
		select_free(&chosen[m]);
	free(chosen);
	free(room);
	free(t);
	return 0;
}
