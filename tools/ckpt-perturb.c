/* ckpt-perturb - add noise to weight matrices and restore their norms */
#include <math.h>
#include <stdlib.h>

#include "noise.h"
#include "treat.h"

static double sigma = 0.1;
static int64_t seed;
static struct scope scope;

static const struct opt opts[] = {
	{ 'S', "sigma", OPT_NUM, "x", &sigma,
	    "norm of the noise, relative to that of the matrix", false },
	{ 0, "seed", OPT_INT, "n", &seed, "of the noise (0)", false },
	SCOPE_OPTS(scope),
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "add noise to weight matrices and restore their norms",
	.opts = opts,
	.common = CLI_IN | CLI_OUT,
};

static double
norm(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i] * x[i];
	return sqrt(sum);
}

/* The Frobenius norm is that of all elements, however they lie. */
static int
perturb(struct tensor *t, char *err, size_t size)
{
	double *x, *w, old, by;

	if (sigma == 0)
		return 0;
	x = malloc(t->len * sizeof *x);
	w = malloc(t->len * sizeof *w);
	if (x == NULL || w == NULL) {
		free(x);
		free(w);
		snprintf(err, size, "out of memory");
		return -1;
	}
	ckpt_to_double(w, t->data, t->type, t->len);
	noise_normal(x, t->len, seed, t->name);
	old = norm(w, t->len);
	by = sigma * old / norm(x, t->len);
	for (uint64_t i = 0; i < t->len; i++)
		w[i] += by * x[i];
	by = old / norm(w, t->len);
	for (uint64_t i = 0; i < t->len; i++)
		w[i] *= by;
	/* the matrix 0 has no norm to be relative to, and stays */
	if (old > 0)
		ckpt_from_double(t->data, w, t->type, t->len);
	free(x);
	free(w);
	if (isfinite(old))
		return 0;
	snprintf(err, size, "its norm is not a number");
	return -1;
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);

	if (sigma < 0)
		usage("--sigma is not negative");
	if (seed < 0)
		usage("--seed is not negative");
	treat(paths, &scope, perturb);
	return 0;
}
