/* ckpt-perturb - add noise to weight matrices and restore their norms */
#include "filter/matrix_map.h"
#include "filter/matrix_noise.h"

static double sigma = 0.1;
static int64_t seed;
static struct cli_matrix_filter scope;

static const struct cli_opt opts[] = {
	{ 'S', "sigma", OPT_AMOUNT, "x", &sigma,
	    "norm of the noise relative to the matrix", false },
	{ 0, "seed", OPT_COUNT, "n", &seed, "seed of the noise (0)", false },
	MATRIX_FILTER_OPTS(scope),
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "add noise to weight matrices and restore their norms",
	.opts = opts,
	.common = CLI_IN | CLI_OUT,
};

static int
add_noise(struct ckpt_tensor *t, char *err, size_t size)
{
	return cli_add_noise(t, sigma, seed, err, size);
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);

	cli_map_matrices(paths, &scope, add_noise);
	return 0;
}
