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

enum { PART = 4096 };

/* n elements of t from i on. */
static void
part(double *w, const struct tensor *t, size_t i, size_t n)
{
	ckpt_to_double(w, (char *)t->data + i * ckpt_type_size(t->type),
	    t->type, n);
}

/*
 * W becomes by * (W + c * N). The norm of the sum follows from
 * |W + c N|^2 = |W|^2 + 2 c <W, N> + c^2 |N|^2, so that W is needed in parts
 * only. The Frobenius norm is that of all elements, however they lie.
 */
static void
add(struct tensor *t, const double *x, double c, double by)
{
	double w[PART];

	for (size_t i = 0; i < t->len; i += PART) {
		size_t n = t->len - i < PART ? t->len - i : PART;

		part(w, t, i, n);
		for (size_t k = 0; k < n; k++)
			w[k] = by * (w[k] + c * x[i + k]);
		ckpt_from_double((char *)t->data +
		    i * ckpt_type_size(t->type), w, t->type, n);
	}
}

static int
perturb(struct tensor *t, char *err, size_t size)
{
	double w[PART], *x, ww = 0, wx = 0, xx = 0, c;

	if (sigma == 0)
		return 0;
	x = malloc(t->len * sizeof *x);
	if (x == NULL) {
		snprintf(err, size, "out of memory");
		return -1;
	}
	noise_normal(x, t->len, seed, t->name);
	for (size_t i = 0; i < t->len; i += PART) {
		size_t n = t->len - i < PART ? t->len - i : PART;

		part(w, t, i, n);
		for (size_t k = 0; k < n; k++) {
			ww += w[k] * w[k];
			wx += w[k] * x[i + k];
			xx += x[i + k] * x[i + k];
		}
	}
	c = sigma * sqrt(ww / xx);
	/* the matrix 0 has no norm to be relative to, and stays */
	if (ww > 0 && isfinite(ww))
		add(t, x, c, sqrt(ww / (ww + 2 * c * wx + c * c * xx)));
	free(x);
	if (isfinite(ww))
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
