/* train-mlp - train a four-layer perceptron on images, or on shuffled labels */
#include "train/trainer.h"

static const char *data;
static int64_t width = 256, subset;
static bool shuffled;

static const struct cli_opt opts[] = {
	TRAIN_IMAGES(&data, &subset),
	{ 0, "shuffle-labels", OPT_FLAG, NULL, &shuffled,
	    "train on labels that mean nothing", false },
	{ 0, "width", OPT_INT, "n", &width, "of the hidden layers", false },
	TRAIN_SGD,
	TRAIN_OPTS,
	{ 0 }
};

static void
settings(struct nn_conf *c)
{
	set(c, "net.model", "mlp");
	set(c, "mlp.width", "%lld", (long long)width);
	cli_train_images(c, data, subset);
	set(c, "data.shuffled", "%d", shuffled);
}

int
main(int argc, char *argv[])
{
	static const struct trainer trainer = {
		.cli = { "[file ...]", "train a perceptron on images", opts,
		    CLI_OUT },
		.settings = settings,
		.steps = -1, .epochs = 300,
	};

	cli_train = (struct cli_train_options){ .optimizer = "sgd", .lr = 1e-3,
	    .momentum = 0.9, .drops = "", .batch = 128, .save = "epochs" };
	return cli_train_main(argc, argv, &trainer);
}
