/* ckpt-prune - keep only some singular values, or weights, of each matrix */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "filter/matrix_map.h"
#include "filter/prune_mask.h"
#include "spec.h"

static double top = NAN, bottom = NAN;
static int64_t seed;
static struct cli_prune m = { .keep = NAN };

static const struct cli_opt opts[] = {
	{ 'T', "keep-top", OPT_FRACTION, "f", &top,
	    "keep this fraction of singular values, the largest", false },
	{ 'B', "keep-bottom", OPT_FRACTION, "f", &bottom,
	    "keep this fraction of them, the smallest", false },
	{ 'm', "magnitude", OPT_FRACTION, "f", &m.keep,
	    "keep this fraction of all weights, the largest", false },
	{ 'L', "layerwise", OPT_FLAG, NULL, &m.layerwise,
	    "with -m: this fraction of each matrix", false },
	{ 'r', "random", OPT_STR, "mask", &m.random,
	    "keep random weights, with the densities of a mask", false },
	{ 0, "seed", OPT_COUNT, "n", &seed, "of --random (0)", false },
	{ 'a', "apply", OPT_STR, "mask", &m.apply,
	    "keep the weights where this mask is true", false },
	{ 'M', "mask", OPT_FLAG, NULL, &m.mask,
	    "write the mask itself", false },
	{ 0, "report", OPT_STR, "file", &m.report,
	    "write a table of the densities", true },
	MATRIX_FILTER_OPTS(m.scope),
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "keep only some singular values, or weights, of each matrix",
	.opts = opts,
	.common = CLI_IN | CLI_OUT,
};

/* Replace t by the sum of its first k singular triplets, or by the rest. */
static int
truncate_spectrum(struct ckpt_tensor *t, size_t k, bool rest, char *err,
    size_t size)
{
	struct spec_matrix w = spec_view(t, SPEC_FLAT, 0);
	struct spec_factors f;
	double *sum;

	if (spec_svd(&w, k, SPEC_U | SPEC_V, &f, err, size) < 0)
		return -1;
	sum = malloc(t->len * sizeof *sum);
	if (sum == NULL) {
		spec_factors_free(&f);
		snprintf(err, size, "out of memory");
		return -1;
	}
	spec_to_double(&w, sum);
	for (size_t i = 0; i < f.n; i++)
		cblas_dscal(f.rows, f.s[i], f.u + i * f.rows, 1);
	cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, f.rows, f.cols,
	    f.n, rest ? -1 : 1, f.u, f.rows, f.v, f.cols, rest ? 1 : 0, sum,
	    f.cols);
	spec_from_double(&w, sum);
	free(sum);
	spec_factors_free(&f);
	return 0;
}

static int
prune_spectrum(struct ckpt_tensor *t, char *err, size_t size)
{
	struct spec_matrix w = spec_view(t, SPEC_FLAT, 0);
	size_t r = w.rows < w.cols ? w.rows : w.cols;
	bool rest = isnan(top);
	/* rounding: (1 - 0.7) * 10 exceeds 3 */
	size_t k = ceil((rest ? 1 - bottom : top) * r - 1e-9);

	if (k == (rest ? 0 : r))
		return 0;
	if (k == (rest ? r : 0)) {
		memset(t->data, 0, t->size);
		return 0;
	}
	return truncate_spectrum(t, k, rest, err, size);
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	int values = !isnan(top) + !isnan(bottom);

	if (values + !isnan(m.keep) + (m.random != NULL) +
	    (m.apply != NULL) != 1)
		cli_usage("one of --keep-top, --keep-bottom, --magnitude, "
		    "--random and --apply is needed");
	if (m.layerwise && isnan(m.keep))
		cli_usage("--layerwise is for --magnitude");
	if (values && (m.mask || m.report))
		cli_usage("--mask and --report are not for singular values");
	if (m.scope.last && (m.random || m.apply))
		cli_usage("--last is not for --random and --apply, whose mask "
		    "names the matrices");
	m.seed = seed;
	if (values)
		cli_map_matrices(paths, &m.scope, prune_spectrum);
	else
		cli_prune_weights(paths, &m);
	return 0;
}
