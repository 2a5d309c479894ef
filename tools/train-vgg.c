/* train-vgg - train VGG-16 on images of 32 x 32 pixels */
#include "trainer.h"

static const char *data;
static int64_t width = 64, subset;

static const struct opt opts[] = {
	TRAIN_IMAGES(&data, &subset),
	{ 0, "width", OPT_INT, "n", &width,
	    "channels of the first layer; the last has 8 n", false },
	TRAIN_SGD,
	TRAIN_OPTS,
	{ 0 }
};

static void
settings(struct nn_conf *c)
{
	set(c, "net.model", "vgg");
	set(c, "vgg.width", "%lld", (long long)width);
	train_images(c, data, subset);
}

int
main(int argc, char *argv[])
{
	static const struct trainer trainer = {
		.cli = { "[file ...]", "train VGG-16 on images", opts,
		    CLI_OUT },
		.settings = settings,
		.steps = -1, .epochs = 164,
	};

	train = (struct train_options){ .optimiser = "sgd", .lr = 0.1,
	    .momentum = 0.9, .decay = 1e-4, .drops = "82,123,160",
	    .batch = 128, .save = "epochs" };
	return train_main(argc, argv, &trainer);
}
