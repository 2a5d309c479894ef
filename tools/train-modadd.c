/* train-modadd - train a small network on addition modulo a prime */
#include <math.h>
#include <string.h>

#include "train/trainer.h"

static int64_t p = TRAIN_DEFAULT, layers = TRAIN_DEFAULT,
	width = TRAIN_DEFAULT, heads = TRAIN_DEFAULT, hidden = TRAIN_DEFAULT;
static double frac = NAN;
static const char *model = "transformer";
static bool norm;

static const struct cli_opt opts[] = {
	{ 'p', "modulus", OPT_SIZE, "n", &p, "add modulo n", false },
	{ 0, "frac", OPT_FRACTION, "f", &frac,
	    "fraction of all pairs to train on", false },
	{ 0, "model", OPT_STR, "name", &model, "transformer or mlp", false },
	{ 0, "norm", OPT_FLAG, NULL, &norm,
	    "with layer normalization", false },
	{ 0, "layers", OPT_SIZE, "n", &layers,
	    "layers", false },
	{ 0, "width", OPT_SIZE, "n", &width,
	    "width of the residual stream, or of the mlp", false },
	{ 0, "heads", OPT_SIZE, "n", &heads, "attention heads", false },
	{ 0, "hidden", OPT_SIZE, "n", &hidden,
	    "units between linear1 and linear2", false },
	TRAIN_OPTS,
	{ 0 }
};

static void
set_options(struct nn_conf *c)
{
	bool mlp = strcmp(model, "mlp") == 0;

	if (!mlp && strcmp(model, "transformer") != 0)
		cli_usage("--model: transformer or mlp, not \"%s\"", model);
	cli_train_set(c, "net.model", "modadd-%s", model);
	cli_train_set_int(c, "modadd.p", p);
	cli_train_set_double(c, "modadd.frac", frac);
	cli_train_set_int(c, "modadd.layers", layers);
	cli_train_set_int(c, "modadd.width", width);
	if (mlp)
		return;
	cli_train_set_int(c, "modadd.heads", heads);
	cli_train_set_int(c, "modadd.hidden", hidden);
	cli_train_set(c, "modadd.norm", "%d", norm);
}

int
main(int argc, char *argv[])
{
	static const struct cli_trainer trainer = {
		.cli = { "[file ...]",
		    "train a small network on addition modulo a prime",
		    opts, CLI_OUT },
		.set_options = set_options,
		.steps = 40000, .epochs = -1,
	};

	cli_train = (struct cli_train_options){ .lr = 1e-3, .decay = 1,
	    .save = "100" };
	return cli_train_main(argc, argv, &trainer);
}
