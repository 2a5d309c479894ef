/*
 * unet.c - a UNet with residual connections that tells noise from a picture
 *
 * Denoising diffusion (Ho, Jain and Abbeel 2020) of grey pictures, 28 x 28. A
 * picture at time t is sqrt(kept) x + sqrt(1 - kept) e with normal noise e; the
 * network is given that and t, and its loss is the distance from e. In training
 * t and e are functions of the seed, the step and the place in the batch; in
 * evaluation of the example alone, whatever the seed, so that losses of two
 * checkpoints, or of all on the way between them, are those of equal noise.
 */
#include <math.h>

#include "core/tape.h"
#include "rng.h"
#include "unet.h"

enum { K = 3, GROUPS = 32, FEW_GROUPS = 4 };

/* Those of MNIST's 60000 training pictures, to four digits, also for others: so
 * a checkpoint alone is enough to draw. */
const double nn_unet_mean = 0.1307, nn_unet_std = 0.3081;

/* ------------------------------------------------------------- network */

static struct nn_node *
conv(struct nn_node *x, size_t out, size_t stride, int i)
{
	struct nn_init init = { 0 };
	size_t in;

	if (x == NULL)
		return NULL;
	in = x->shape.dim[1];
	init.bound = 1 / sqrt((double)in * K * K);
	return nn_conv_plain(x, nn_param(x->net, nn_shape(out, in, K, K), init,
	    "model.conv%d.weight", i), stride, 0);
}

/* As PyTorch bounds them: by the outputs. */
static struct nn_node *
tconv(struct nn_node *x, size_t out, size_t stride, size_t extra, int i)
{
	struct nn_init init = { .bound = 1 / sqrt((double)out * K * K) };

	if (x == NULL)
		return NULL;
	return nn_conv_transpose(x, nn_param(x->net, nn_shape(x->shape.dim[1], out, K,
	    K), init, "model.tconv%d.weight", i), stride, extra);
}

/* sw(gnorm(x + dense(c))) */
static struct nn_node *
settle(struct nn_node *x, struct nn_node *c, size_t groups, int dense,
    const char *norm, int i)
{
	struct nn_init one = { .value = 1 }, zero = { 0 };
	struct nn_node *gain, *offset;
	size_t channels;

	if (x == NULL)
		return NULL;
	channels = x->shape.dim[1];
	c = nn_linear(c, channels, "model.dense%d.dense", dense);
	gain = nn_param(x->net, nn_shape(channels), one, "model.%s%d.weight",
	    norm, i);
	offset = nn_param(x->net, nn_shape(channels), zero, "model.%s%d.bias",
	    norm, i);
	if (c == NULL)
		return NULL;
	return nn_group_norm(x, c, gain, offset,
	    &(struct nn_groups){ groups, true });
}

/* What time it is, in 8 numbers for each of the first channels. */
static struct nn_node *
embed(struct nn *net, size_t width, const int *t, size_t n)
{
	struct nn_init wide = { .deviation = 30 };
	struct nn_node *f = nn_frozen(net, nn_shape(4 * width), wide,
	    "model.time_embed.0.W");

	return nn_silu(nn_linear(nn_fourier_features(f, t, n), 8 * width,
	    "model.time_embed.1"));
}

struct nn_node *
nn_unet_noise(struct nn *net, const struct nn_conf *conf, struct nn_node *x,
    const int *t)
{
	int64_t w = nn_conf_int(conf, "unet.width", 64);
	struct nn_node *c, *h1, *h2, *h3, *h4, *g4, *g3, *g2, *y;

	if (w < GROUPS || w > 1024 || w % GROUPS) {
		nn_fail(net, "width: wanted a multiple of %d up to 1024, got "
		    "%lld", GROUPS, (long long)w);
		return NULL;
	}
	c = embed(net, w, t, nn_rows_of(x));
	h1 = settle(conv(x, w, 1, 1), c, FEW_GROUPS, 1, "gnorm", 1);
	h2 = settle(conv(h1, 2 * w, 2, 2), c, GROUPS, 2, "gnorm", 2);
	h3 = settle(conv(h2, 4 * w, 2, 3), c, GROUPS, 3, "gnorm", 3);
	h4 = settle(conv(h3, 8 * w, 2, 4), c, GROUPS, 4, "gnorm", 4);
	g4 = settle(tconv(h4, 4 * w, 2, 0, 4), c, GROUPS, 5, "tgnorm", 4);
	g3 = settle(tconv(nn_add(g4, h3), 2 * w, 2, 1, 3), c, GROUPS, 6,
	    "tgnorm", 3);
	g2 = settle(tconv(nn_add(g3, h2), w, 2, 1, 2), c, GROUPS, 7, "tgnorm",
	    2);
	y = tconv(nn_add(g2, h1), 1, 1, 0, 1);
	return nn_channel_bias(y, nn_param(net, nn_shape(1),
	    (struct nn_init){ .bound = 1.0 / K }, "model.tconv1.bias"));
}

/* ---------------------------------------------------------------- noise */

void
nn_unet_schedule(double beta[UNET_TIMES], double kept[UNET_TIMES])
{
	for (int t = 0; t < UNET_TIMES; t++) {
		double z = -6 + 12.0 * t / (UNET_TIMES - 1);

		beta[t] = 1e-5 + (0.005 - 1e-5) / (1 + exp(-z));
		kept[t] = (t ? kept[t - 1] : 1) * (1 - beta[t]);
	}
}

/* A batch with its noise. */
struct noised {
	const struct nn_batch *batch;
	uint64_t	 seed;
	double		 kept[UNET_TIMES];
	nn_real		*x, *e;
	int		*t;
	int		 parts;
};

enum { PIXELS = UNET_SIDE * UNET_SIDE };
static const uint64_t EVALUATION = 0xe7a1ull << 48;	/* not a seed */

static void
one_example(struct noised *s, size_t i)
{
	const struct nn_batch *b = s->batch;
	uint64_t key = b->draw ? s->seed + (b->draw << 32) : EVALUATION;
	uint32_t stream = b->draw ? i : (size_t)b->id[i];
	uint64_t u = nn_random(key, NN_FOR_NOISE, stream, PIXELS);
	const nn_real *x = b->x + i * PIXELS;
	nn_real *e = s->e + i * PIXELS, *to = s->x + i * PIXELS;
	nn_real picture, noise;

	s->t[i] = u * UNET_TIMES >> 32;
	picture = sqrt(s->kept[s->t[i]]);
	noise = sqrt(1 - s->kept[s->t[i]]);
	nn_normal(e, PIXELS, key, NN_FOR_NOISE, stream);
	for (size_t j = 0; j < PIXELS; j++)
		to[j] = picture * x[j] + noise * e[j];
}

static void
some_examples(void *arg, int part)
{
	struct noised *s = arg;
	struct nn_range p = nn_range_of(s->batch->n, part, s->parts);

	for (size_t i = p.from; i < p.to; i++)
		one_example(s, i);
}

static struct nn_node *
loss(struct nn *net, const struct nn_conf *conf, const struct nn_batch *batch,
    struct nn_score *score)
{
	struct nn_node *x = nn_input(net, nn_shape(batch->n, 1, UNET_SIDE,
	    UNET_SIDE), NULL);
	struct noised s = { .batch = batch,
		.seed = nn_conf_int(conf, "train.seed", 0),
		.parts = nn_ranges_for(batch->n, 10 * PIXELS) };
	double beta[UNET_TIMES];

	(void)score;		/* nothing is right or wrong */
	s.e = nn_alloc(net, batch->n, PIXELS * sizeof *s.e);
	s.t = nn_ints(net, batch->n);
	if (x == NULL || s.e == NULL || s.t == NULL)
		return NULL;
	s.x = x->x;
	nn_unet_schedule(beta, s.kept);
	nn_team_do(nn_team_of(net), s.parts, some_examples, &s);
	return nn_mse(nn_unet_noise(net, conf, x, s.t), s.e);
}

static int
data(struct nn *net, const struct nn_conf *conf, struct nn_data *d)
{
	struct nn_images *s = &d->images;

	if (nn_images_data(net, conf, d) < 0)
		return -1;
	if (s->channels != 1 || s->height != UNET_SIDE || s->width != UNET_SIDE)
		return nn_fail(net, "images of %zu x %zu pixels, %s, wanted "
		    "%d x %d, grey", s->height, s->width, s->channels == 1 ?
		    "grey" : "in color", UNET_SIDE, UNET_SIDE);
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
