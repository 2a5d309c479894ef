/*
 * unet.c - a UNet that predicts the noise in an image, for a diffusion model
 * (Ho, Jain and Abbeel 2020) of gray images of 28 x 28 pixels
 *
 * An image at timestep t is sqrt(alpha_bar) x + sqrt(1 - alpha_bar) e with
 * normal noise e. The network is given that and t, and the loss is the mean
 * squared error with respect to e. In training t and e are functions of seed,
 * step and place in the batch; in evaluation of the example alone, so that
 * losses of two checkpoints, or of those between them, are of the same noise.
 */
#include <math.h>

#include "core/tape.h"
#include "rng.h"
#include "unet.h"

enum { K = 3, GROUPS = 32, FIRST_GROUPS = 4 };

/* Of the training images of MNIST, to four digits, but used for all images, so
 * that a checkpoint is enough for sampling. */
const double nn_unet_mean = 0.1307, nn_unet_std = 0.3081;

/* ------------------------------------------------------------- network */

static struct nn_node *
add_conv(struct nn_node *x, size_t out, size_t stride, int i)
{
	struct nn_init init = { 0 };
	size_t in;

	if (x == NULL)
		return NULL;
	in = x->shape.dim[1];
	init.bound = 1 / sqrt((double)in * K * K);
	return nn_conv2d(x, nn_param(x->net, NN_SHAPE(out, in, K, K), init,
	    "model.conv%d.weight", i), NULL, stride, 0);
}

/* The bound is that of PyTorch, which depends on the output channels. */
static struct nn_node *
add_tconv(struct nn_node *x, size_t out, size_t stride, size_t output_padding,
    int i)
{
	struct nn_init init = { .bound = 1 / sqrt((double)out * K * K) };

	if (x == NULL)
		return NULL;
	return nn_conv_transpose2d(x, nn_param(x->net,
	    NN_SHAPE(x->shape.dim[1], out, K, K), init,
	    "model.tconv%d.weight", i), stride, output_padding);
}

/* silu(norm(x + dense(c))) */
static struct nn_node *
add_norm(struct nn_node *x, struct nn_node *c, size_t groups, int dense,
    const char *norm, int i)
{
	struct nn_init one = { .value = 1 }, zero = { 0 };
	struct nn_node *w, *b;
	size_t channels;

	if (x == NULL)
		return NULL;
	channels = x->shape.dim[1];
	c = nn_layer_linear(c, channels, "model.dense%d.dense", dense);
	w = nn_param(x->net, NN_SHAPE(channels), one, "model.%s%d.weight",
	    norm, i);
	b = nn_param(x->net, NN_SHAPE(channels), zero, "model.%s%d.bias",
	    norm, i);
	if (c == NULL)
		return NULL;
	return nn_group_norm(x, c, w, b, groups, true);
}

/* The embedding of timesteps: (n, 8 width) */
static struct nn_node *
embed_time(struct nn *net, size_t width, const int *t, size_t n)
{
	struct nn_init init = { .std = 30 };
	struct nn_node *f = nn_frozen_param(net, NN_SHAPE(4 * width), init,
	    "model.time_embed.0.W");

	return nn_silu(nn_layer_linear(nn_fourier_features(f, t, n), 8 * width,
	    "model.time_embed.1"));
}

struct nn_node *
nn_unet_predict_noise(struct nn *net, const struct nn_conf *conf,
    struct nn_node *x, const int *t)
{
	int64_t w = nn_conf_int(conf, "unet.width");
	struct nn_node *c, *h1, *h2, *h3, *h4, *g4, *g3, *g2, *y;

	if (w < GROUPS || w > 1024 || w % GROUPS) {
		nn_fail(net, "unet.width: wanted a multiple of %d up to "
		    "1024, got %lld", GROUPS, (long long)w);
		return NULL;
	}
	c = embed_time(net, w, t, nn_rows_of(x));
	h1 = add_norm(add_conv(x, w, 1, 1), c, FIRST_GROUPS, 1, "gnorm", 1);
	h2 = add_norm(add_conv(h1, 2 * w, 2, 2), c, GROUPS, 2, "gnorm", 2);
	h3 = add_norm(add_conv(h2, 4 * w, 2, 3), c, GROUPS, 3, "gnorm", 3);
	h4 = add_norm(add_conv(h3, 8 * w, 2, 4), c, GROUPS, 4, "gnorm", 4);
	g4 = add_norm(add_tconv(h4, 4 * w, 2, 0, 4), c, GROUPS, 5, "tgnorm", 4);
	g3 = add_norm(add_tconv(nn_add(g4, h3), 2 * w, 2, 1, 3), c, GROUPS, 6,
	    "tgnorm", 3);
	g2 = add_norm(add_tconv(nn_add(g3, h2), w, 2, 1, 2), c, GROUPS, 7,
	    "tgnorm", 2);
	y = add_tconv(nn_add(g2, h1), 1, 1, 0, 1);
	return nn_channel_bias(y, nn_param(net, NN_SHAPE(1),
	    (struct nn_init){ .bound = 1.0 / K }, "model.tconv1.bias"));
}

/* ---------------------------------------------------------------- noise */

void
nn_unet_schedule(double beta[NN_UNET_TIMESTEPS],
    double alpha_bar[NN_UNET_TIMESTEPS])
{
	for (int t = 0; t < NN_UNET_TIMESTEPS; t++) {
		double z = -6 + 12.0 * t / (NN_UNET_TIMESTEPS - 1);

		beta[t] = 1e-5 + (0.005 - 1e-5) / (1 + exp(-z));
		alpha_bar[t] = (t ? alpha_bar[t - 1] : 1) * (1 - beta[t]);
	}
}

/* A batch with noise. */
struct noised {
	const struct nn_batch *batch;
	uint64_t	 seed;
	double		 alpha_bar[NN_UNET_TIMESTEPS];
	nn_real		*x, *e;
	int		*t;
	int		 ranges;
};

enum { PIXELS = NN_UNET_SIDE * NN_UNET_SIDE };
static const uint64_t EVALUATION = 0xe7a1ull << 48;	/* in place of a seed */

static void
noise_example(struct noised *s, size_t i)
{
	const struct nn_batch *b = s->batch;
	uint64_t key = b->index ? s->seed + (b->index << 32) : EVALUATION;
	uint32_t stream = b->index ? i : (size_t)b->id[i];
	uint64_t u = nn_random(key, NN_FOR_NOISE, stream, PIXELS);
	const nn_real *x = b->x + i * PIXELS;
	nn_real *e = s->e + i * PIXELS, *to = s->x + i * PIXELS;
	nn_real x_scale, e_scale;

	s->t[i] = u * NN_UNET_TIMESTEPS >> 32;
	x_scale = sqrt(s->alpha_bar[s->t[i]]);
	e_scale = sqrt(1 - s->alpha_bar[s->t[i]]);
	nn_normal(e, PIXELS, key, NN_FOR_NOISE, stream);
	for (size_t j = 0; j < PIXELS; j++)
		to[j] = x_scale * x[j] + e_scale * e[j];
}

static void
noise_range(void *arg, int part)
{
	struct noised *s = arg;
	struct nn_range p = nn_range_of(s->batch->n, part, s->ranges);

	for (size_t i = p.from; i < p.to; i++)
		noise_example(s, i);
}

static struct nn_node *
loss(struct nn *net, const struct nn_conf *conf, const struct nn_batch *batch,
    struct nn_score *score)
{
	struct nn_node *x = nn_input(net, NN_SHAPE(batch->n, 1, NN_UNET_SIDE,
	    NN_UNET_SIDE), NULL);
	struct noised s = { .batch = batch,
		.seed = nn_conf_int(conf, "train.seed"),
		.ranges = nn_ranges_for(batch->n, 10 * PIXELS) };
	double beta[NN_UNET_TIMESTEPS];

	(void)score;		/* there are no labels */
	s.e = nn_alloc(net, batch->n, PIXELS * sizeof *s.e);
	s.t = nn_alloc_ints(net, batch->n);
	if (x == NULL || s.e == NULL || s.t == NULL)
		return NULL;
	s.x = x->x;
	nn_unet_schedule(beta, s.alpha_bar);
	nn_team_do(nn_team_of(net), s.ranges, noise_range, &s);
	return nn_mse_loss(nn_unet_predict_noise(net, conf, x, s.t), s.e);
}

static int
data(struct nn *net, const struct nn_conf *conf, struct nn_data *d)
{
	struct nn_images *s = &d->images;

	if (nn_images_data(net, conf, d) < 0)
		return -1;
	if (s->channels != 1 || s->height != NN_UNET_SIDE ||
	    s->width != NN_UNET_SIDE)
		return nn_fail(net, "images of %zu x %zu pixels, %s, wanted "
		    "%d x %d, gray", s->height, s->width, s->channels == 1 ?
		    "gray" : "in color", NN_UNET_SIDE, NN_UNET_SIDE);
	s->mean[0] = nn_unet_mean;
	s->sd[0] = nn_unet_std;
	return 0;
}

#define W(name) "model." name ".weight"
#define DENSE(n) W("dense" #n ".dense")
#define CONV(a, b) a "\t" b "\tconv\n"
#define SWAP_TO(a, b) a "\t" b "\tconv swap-to\n"
#define SWAP(a, b) a "\t" b "\tconv swap\n"

const struct nn_model nn_model_unet = {
	.name = "unet", .data = data, .loss = loss, .links =
	CONV(W("conv1"), W("conv2")) CONV(W("conv2"), W("conv3"))
	CONV(W("conv3"), W("conv4"))
	CONV(DENSE(1), W("conv2")) CONV(DENSE(2), W("conv3"))
	CONV(DENSE(3), W("conv4")) SWAP_TO(DENSE(4), W("tconv4"))
	SWAP_TO(W("conv4"), W("tconv4")) SWAP(W("tconv4"), W("tconv3"))
	SWAP(W("tconv3"), W("tconv2")) SWAP(W("tconv2"), W("tconv1"))
	SWAP_TO(W("conv1"), W("tconv1")) SWAP_TO(DENSE(1), W("tconv1"))
	SWAP_TO(W("conv2"), W("tconv2")) SWAP_TO(DENSE(2), W("tconv2"))
	SWAP_TO(W("conv3"), W("tconv3")) SWAP_TO(DENSE(3), W("tconv3"))
};
