/* train-unet - train a diffusion UNet on small images, and sample from it */
#include <stdlib.h>
#include <string.h>

#include "train/png_grid.h"
#include "train/trainer.h"
#include "unet.h"

static const char *data;
static int64_t width = TRAIN_DEFAULT, subset, sample;

static const struct cli_opt opts[] = {
	{ 'd', "data", OPT_STR, "path", &data,
	    "IDX files of 28 x 28 pixels: folder or archive", true },
	{ 0, "subset", OPT_COUNT, "n", &subset,
	    "train on n images only", false },
	{ 0, "width", OPT_SIZE, "n", &width,
	    "channels of the first layer: 32, 64, ...", false },
	{ 0, "sample", OPT_COUNT, "n", &sample,
	    "sample n images with the last checkpoint, as PNG", false },
	{ 0, "beta1", OPT_BELOW_ONE, "b", &cli_train.beta1,
	    "of AdamW, for the first moment", false },
	{ 0, "beta2", OPT_BELOW_ONE, "b", &cli_train.beta2,
	    "of AdamW, for the second moment", false },
	TRAIN_OPTS,
	{ 0 }
};

static void
set_options(struct nn_conf *c)
{
	cli_train_set(c, "net.model", "unet");
	cli_train_set_int(c, "unet.width", width);
	if (sample)
		return;
	if (data == NULL)
		cli_usage("--data wants a folder or archive of IDX files "
		    "(MNIST), or fashion-mnist (apt install "
		    "dataset-fashion-mnist)");
	cli_train_set_images(c, data, subset);
}

/* --------------------------------------------------------------- sampling */

/* Open the network, without data, with the width of the first checkpoint. */
static void
open_network(struct nn_run *r, struct ckpt_rd *in, void *arg)
{
	struct nn_conf *conf = arg;
	const char *w = ckpt_key(in, "unet.width");
	static const int t[1];

	if (r->net)
		return;
	if (w)
		cli_train_set(conf, "unet.width", "%s", w);
	*r = (struct nn_run){ .model = nn_find_model("unet"), .conf = conf,
		.net = nn_open(0, cli_threads()) };
	if (r->net == NULL)
		cli_die("out of memory");
	if (nn_unet_predict_noise(r->net, conf, nn_input(r->net,
	    NN_SHAPE(1, 1, NN_UNET_SIDE, NN_UNET_SIDE), NULL), t) == NULL ||
	    nn_run_seal(r) < 0)
		cli_die("%s", nn_error(r->net));
}

/* Outputs of the network as gray values. */
static void
convert_pixels(unsigned char *pixel, const nn_real *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double v = 255 * (x[i] * nn_unet_std + nn_unet_mean);

		pixel[i] = v > 0 ? v < 255 ? v + 0.5 : 255 : 0;
	}
}

/* The noise to start with, with the statistics of the images of --data. */
static void
make_noise(struct nn_run *r, nn_real *x)
{
	struct nn_images like = { 0 };

	if ((data && nn_images_load(r->net, data, &like) < 0) ||
	    nn_unet_sample_start(r->net, cli_train.seed, x, sample,
	    data ? &like : NULL) < 0)
		cli_die("%s", nn_error(r->net));
	nn_images_free(&like);
}

static bool
infer(char *paths[], struct nn_conf *conf)
{
	size_t len = sample * NN_UNET_SIDE * NN_UNET_SIDE;
	struct nn_run r = { 0 };
	unsigned char *pixel;
	nn_real *x;

	if (sample == 0)
		return false;
	if (sample > 10000)
		cli_usage("--sample wants 1 to 10000");
	cli_png_open();
	cli_train_load(&r, paths, false, open_network, conf);
	x = cli_malloc(len * sizeof *x);
	pixel = cli_malloc(len);
	make_noise(&r, x);
	for (int t = NN_UNET_TIMESTEPS; t-- > 0; ) {
		if (nn_unet_sample_step(r.net, conf, cli_train.seed, t, x,
		    sample) < 0)
			cli_die("%s", nn_error(r.net));
		cli_progress(NN_UNET_TIMESTEPS - t, NN_UNET_TIMESTEPS, "step",
		    NULL);
	}
	cli_progress_end();
	convert_pixels(pixel, x, len);
	cli_png_write(pixel, sample, NN_UNET_SIDE);
	nn_run_close(&r);
	free(x);
	free(pixel);
	return true;
}

int
main(int argc, char *argv[])
{
	static const struct cli_trainer trainer = {
		.cli = { "[file ...]", "train a diffusion UNet on images", opts,
		    CLI_OUT },
		.set_options = set_options,
		.infer = infer,
		.steps = -1, .epochs = 100,
	};

	cli_train = (struct cli_train_options){ .lr = 3e-4, .beta1 = 0.9,
	    .beta2 = 0.999, .batch = 128, .save = "epochs" };
	return cli_train_main(argc, argv, &trainer);
}
