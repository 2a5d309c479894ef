/* train-unet - train the diffusion UNet on small grey images, draw others */
#include <stdlib.h>
#include <string.h>

#include "train/png_grid.h"
#include "train/trainer.h"
#include "unet.h"

static const char *data;
static int64_t width = 64, subset, sample;

static const struct cli_opt opts[] = {
	{ 'd', "data", OPT_STR, "path", &data,
	    "IDX files of 28 x 28 pixels: folder or archive", true },
	{ 0, "subset", OPT_INT, "n", &subset,
	    "train on n images only", false },
	{ 0, "width", OPT_INT, "n", &width,
	    "channels of the first layer: 32, 64, ...", false },
	{ 0, "sample", OPT_INT, "n", &sample,
	    "draw n images by the checkpoint in file, as PNG", false },
	{ 0, "beta1", OPT_NUM, "b", &cli_train.beta1,
	    "of AdamW, for the mean", false },
	{ 0, "beta2", OPT_NUM, "b", &cli_train.beta2,
	    "of AdamW, for the squares", false },
	TRAIN_OPTS,
	{ 0 }
};

static void
settings(struct nn_conf *c)
{
	set(c, "net.model", "unet");
	set(c, "unet.width", "%lld", (long long)width);
	if (sample)
		return;
	if (data == NULL)
		cli_usage("--data wants a folder or archive of IDX files (MNIST), "
		    "or fashion-mnist (apt install dataset-fashion-mnist)");
	cli_train_images(c, data, subset);
}

/* ---------------------------------------------------------------- drawing */

/* A network of the width that the header tells, without data. */
static void
open_network(struct nn_run *r, struct nn_conf *conf, struct ckpt_rd *in)
{
	const char *w = ckpt_key(in, "unet.width");
	static const int t[1];

	if (w)
		set(conf, "unet.width", "%s", w);
	*r = (struct nn_run){ .model = nn_find_model("unet"), .conf = conf,
		.net = nn_open(0, cli_threads()) };
	if (r->net == NULL)
		cli_die("out of memory");
	if (nn_unet_noise(r->net, conf, nn_input(r->net, nn_shape(1, 1, UNET_SIDE,
	    UNET_SIDE), NULL), t) == NULL || nn_run_ready(r) < 0)
		cli_die("%s", nn_error(r->net));
}

/* Numbers of the network as grey values. */
static void
develop(unsigned char *pixel, const nn_real *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double v = 255 * (x[i] * nn_unet_std + nn_unet_mean);

		pixel[i] = v > 0 ? v < 255 ? v + 0.5 : 255 : 0;
	}
}

static void
start(struct nn_run *r, nn_real *x)
{
	struct nn_images like = { 0 };

	if ((data && nn_images_load(r->net, data, &like) < 0) ||
	    nn_unet_start(r->net, cli_train.seed, x, sample, data ? &like : NULL) < 0)
		cli_die("%s", nn_error(r->net));
	nn_images_free(&like);
}

static bool
draw(char *paths[], struct nn_conf *conf)
{
	size_t len = sample * UNET_SIDE * UNET_SIDE;
	struct nn_run r = { 0 };
	unsigned char *pixel;
	nn_real *x;

	if (sample == 0)
		return false;
	if (sample < 0 || sample > 10000)
		cli_usage("--sample wants 1 to 10000");
	cli_png_open();
	cli_train_load(&r, conf, paths, open_network);
	x = cli_malloc(len * sizeof *x);
	pixel = cli_malloc(len);
	start(&r, x);
	for (int t = UNET_TIMES; t-- > 0; ) {
		if (nn_unet_step(r.net, conf, cli_train.seed, t, x, sample) < 0)
			cli_die("%s", nn_error(r.net));
		cli_progress(UNET_TIMES - t, UNET_TIMES, "step", NULL);
	}
	cli_progress_end();
	develop(pixel, x, len);
	cli_png_write(pixel, sample, UNET_SIDE);
	nn_run_close(&r);
	free(x);
	free(pixel);
	return true;
}

int
main(int argc, char *argv[])
{
	static const struct trainer trainer = {
		.cli = { "[file ...]", "train a diffusion UNet on images", opts,
		    CLI_OUT },
		.settings = settings,
		.instead = draw,
		.steps = -1, .epochs = 100,
	};

	cli_train = (struct cli_train_options){ .lr = 3e-4, .beta1 = 0.9,
	    .beta2 = 0.999, .batch = 128, .save = "epochs" };
	return cli_train_main(argc, argv, &trainer);
}
