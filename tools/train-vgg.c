/* train-vgg - train VGG-16 or ResNet-20 on images of 32 x 32 pixels */
#include <string.h>

#include "train/trainer.h"

static const char *data, *model = "vgg";
static int64_t width = TRAIN_DEFAULT, subset;
static bool exact;

static const struct cli_opt opts[] = {
	TRAIN_IMAGES(&data, &subset),
	{ 0, "model", OPT_STR, "name", &model,
	    "vgg or resnet20", false },
	{ 0, "width", OPT_SIZE, "n", &width,
	    "channels of the first layer", false },
	{ 0, "exact", OPT_FLAG, NULL, &exact,
	    "convolve directly, without Winograd's algorithm", false },
	TRAIN_SGD,
	TRAIN_OPTS,
	{ 0 }
};

static void
set_options(struct nn_conf *c)
{
	bool resnet = strcmp(model, "resnet20") == 0;

	if (!resnet && strcmp(model, "vgg") != 0)
		cli_usage("--model wants vgg or resnet20, not \"%s\"", model);
	if (exact && strcmp(cli_train.precision, "f32") != 0)
		cli_usage("--exact is for --precision f32");
	cli_train_set(c, "net.model", "%s", model);
	cli_train_set_int(c, resnet ? "resnet.width" : "vgg.width", width);
	if (exact)
		cli_train.precision = "exact";
	cli_train_set(c, "data.side", "32");
	cli_train_set_images(c, data, subset);
}

int
main(int argc, char *argv[])
{
	static const struct cli_trainer trainer = {
		.cli = { "[file ...]", "train VGG-16 or ResNet-20 on images",
		    opts, CLI_OUT },
		.set_options = set_options,
		.steps = -1, .epochs = 164,
	};

	cli_train = (struct cli_train_options){ .optimizer = "sgd", .lr = 0.1,
	    .decay = 1e-4, .drops = "82,123,160",
	    .batch = 128, .save = "epochs" };
	return cli_train_main(argc, argv, &trainer);
}
