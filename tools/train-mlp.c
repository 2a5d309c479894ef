/* train-mlp - train a perceptron on images, with true or random labels */
#include "train/trainer.h"

static const char *data;
static int64_t width = TRAIN_DEFAULT, subset;
static bool shuffled;

static const struct cli_opt opts[] = {
	TRAIN_IMAGES(&data, &subset),
	{ 0, "shuffle-labels", OPT_FLAG, NULL, &shuffled,
	    "train on random labels", false },
	{ 0, "width", OPT_SIZE, "n", &width,
	    "units of each hidden layer", false },
	TRAIN_SGD,
	TRAIN_OPTS,
	{ 0 }
};

static void
set_options(struct nn_conf *c)
{
	cli_train_set(c, "net.model", "mlp");
	cli_train_set_int(c, "mlp.width", width);
	cli_train_set_images(c, data, subset);
	cli_train_set(c, "data.shuffled", "%d", shuffled);
}

int
main(int argc, char *argv[])
{
	static const struct cli_trainer trainer = {
		.cli = { "[file ...]", "train a perceptron on images", opts,
		    CLI_OUT },
		.set_options = set_options,
		.steps = -1, .epochs = 300,
	};

	cli_train = (struct cli_train_options){ .optimizer = "sgd", .lr = 1e-3,
	    .drops = "", .batch = 128, .save = "epochs" };
	return cli_train_main(argc, argv, &trainer);
}
