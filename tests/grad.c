/*
 * grad.c - every op and model against central differences, in double
 *
 * A case builds a network from parameters named a, b, ... and inputs off the
 * kinks; its loss is a fixed mixture of the outputs.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/models.h"
#include "tap.h"

static const double EPS = 1e-5, LARGEST = 1e-7;

/* A parameter whose values spread over (-1, 1), none of them near 0. */
static struct nn_node *
param(struct nn *net, const char *name, size_t n, size_t m)
{
	struct nn_node *p = nn_find(net, name);

	if (p)
		return p;
	p = nn_param(net, nn_shape(n, m), (struct nn_init){ 0 }, "%s", name);
	for (size_t i = 0; i < p->len; i++) {
		p->x[i] = sin(1.7 * i + name[0]);
		p->x[i] += p->x[i] < 0 ? -0.05 : 0.05;
	}
	return p;
}

static struct nn_node *
fixed(struct nn *net, size_t n, size_t m)
{
	struct nn_node *c = nn_input(net, nn_shape(n, m), NULL);

	for (size_t i = 0; i < c->len; i++)
		c->x[i] = cos(0.9 * i + 0.1);
	return c;
}

/* Four dimensions: weights of a convolution. */
static struct nn_node *
param4(struct nn *net, const char *name, size_t out, size_t in, size_t k)
{
	struct nn_node *p = nn_find(net, name);

	if (p)
		return p;
	p = nn_param(net, nn_shape(out, in, k, k), (struct nn_init){ 0 }, "%s",
	    name);
	for (size_t i = 0; i < p->len; i++)
		p->x[i] = sin(1.3 * i);
	return p;
}

static struct nn_node *
fixed4(struct nn *net, size_t out, size_t in, size_t k)
{
	struct nn_node *c = nn_input(net, nn_shape(out, in, k, k), NULL);

	for (size_t i = 0; i < c->len; i++)
		c->x[i] = cos(0.9 * i + 0.1);
	return c;
}

/* One number that depends on all of y. */
static struct nn_node *
mixture(struct nn_node *y)
{
	if (y == NULL)
		return NULL;
	return nn_matmul(nn_matmul(fixed(y->net, 1, y->shape.dim[0]), y),
	    fixed(y->net, y->shape.dim[1], 1));
}

static double
value(struct nn *net, struct nn_node *(*f)(struct nn *))
{
	struct nn_node *y;

	nn_reset(net);
	y = f(net);
	return y ? y->x[0] : NAN;
}

/* The largest error over all elements of all parameters, in parts of the
 * largest gradient. */
static double
worst(struct nn *net, struct nn_node *(*f)(struct nn *))
{
	double error = 0, largest = 1e-30;
	struct nn_node *p;

	for (size_t i = 0; (p = nn_param_at(net, i)); i++)
		for (size_t j = 0; p->wants && j < p->len; j++) {
			double x = p->x[j], up, down, g;
			struct nn_node *y;

			p->x[j] = x + EPS;
			up = value(net, f);
			p->x[j] = x - EPS;
			down = value(net, f);
			p->x[j] = x;
			nn_reset(net);
			y = f(net);
			nn_backward(y);
			g = p->g[j];
			error = fmax(error, fabs(g - (up - down) / (2 * EPS)));
			largest = fmax(largest, fabs(g));
		}
	return error / largest;
}

static void
check(const char *what, struct nn_node *(*f)(struct nn *))
{
	struct nn *net = nn_open(0, 2);
	double error;

	f(net);
	if (nn_error(net)[0])
		printf("# %s\n", nn_error(net));
	error = nn_error(net)[0] ? NAN : worst(net, f);
	ok(error < LARGEST, "%s: %.2g", what, error);
	nn_close(net);
}

/* ---------------------------------------------------------------- ops */

static struct nn_node *
affine(struct nn *net)
{
	return mixture(nn_affine(param(net, "a", 5, 3), param(net, "b", 4, 3),
	    param(net, "c", 1, 4)));
}

static struct nn_node *
affine_full(struct nn *net)
{
	return mixture(nn_affine(param(net, "a", 5, 3), param(net, "b", 4, 3),
	    param(net, "c", 5, 4)));
}

/* Long enough for the sum to go in steps. */
static const int many[1100] = { 1, 2 };

static struct nn_node *
affine_long(struct nn *net)
{
	return mixture(nn_affine(nn_embed(param(net, "a", 3, 2), many, 1100, 1),
	    param(net, "b", 3, 2), param(net, "c", 1, 3)));
}

static struct nn_node *
matmul(struct nn *net)
{
	return mixture(nn_matmul(param(net, "a", 5, 3), param(net, "b", 3, 4)));
}

static struct nn_node *
twice(struct nn *net)
{
	struct nn_node *a = param(net, "a", 4, 4);

	return mixture(nn_affine(nn_matmul(a, a), a, nn_matmul(a, a)));
}

static struct nn_node *
add(struct nn *net)
{
	return mixture(nn_add(param(net, "a", 5, 3), param(net, "b", 5, 3)));
}

static struct nn_node *
add_row(struct nn *net)
{
	return mixture(nn_add(param(net, "a", 5, 3), param(net, "b", 1, 3)));
}

static struct nn_node *
scale(struct nn *net)
{
	return mixture(nn_scale(param(net, "a", 5, 3), -2.5));
}

static struct nn_node *
relu(struct nn *net)
{
	return mixture(nn_relu(param(net, "a", 5, 3)));
}

static struct nn_node *
swish(struct nn *net)
{
	return mixture(nn_swish(param(net, "a", 5, 3)));
}

static struct nn_node *
transpose(struct nn *net)
{
	return mixture(nn_transpose(param(net, "a", 5, 3)));
}

static struct nn_node *
rows(struct nn *net)
{
	struct nn_node *a = param(net, "a", 5, 3);

	return mixture(nn_matmul(nn_rows(nn_relu(a), 1, 2),
	    nn_rows(a, 2, 3)));
}

static struct nn_node *
embed(struct nn *net)
{
	static const int id[] = { 0, 3, 3, 1, 2, 2, 0, 1 };

	return mixture(nn_embed(param(net, "a", 4, 70), id, 4, 2));
}

static struct nn_node *
fourier(struct nn *net)
{
	static const int t[] = { 0, 1, 2 };
	struct nn_node *f = nn_param(net, nn_shape(4),
	    (struct nn_init){ .bound = 0.4 }, "a");

	return mixture(nn_fourier(f, t, 3));
}

static struct nn_node *
normalize(struct nn *net)
{
	return mixture(nn_normalize(param(net, "a", 5, 6),
	    param(net, "b", 1, 6), param(net, "c", 1, 6)));
}

/* ------------------------------------------------------- of language */

/* More rows and columns than one tile, and neither a multiple of it. */
static struct nn_node *
attention(struct nn *net)
{
	return mixture(nn_attention(param(net, "a", 2 * 70, 3 * 2 * 3), 70, 2,
	    false));
}

static struct nn_node *
attention_by_head(struct nn *net)
{
	return mixture(nn_attention(param(net, "a", 18, 3 * 1 * 17), 9, 1,
	    true));
}

static struct nn_node *
rotary(struct nn *net)
{
	return mixture(nn_rotary(param(net, "a", 6, 3 * 2 * 5), 3, 2, 4, 100));
}

static struct nn_node *
tokens(struct nn *net)
{
	static const int id[] = { 0, 3, 3, 1, 2, 2 };

	return mixture(nn_tokens(param(net, "a", 4, 70), id, 6, 1.5,
	    param(net, "b", 5, 70), 3));
}

static struct nn_node *
gelu(struct nn *net)
{
	return mixture(nn_gelu(param(net, "a", 5, 3), false));
}

static struct nn_node *
gelu_tanh(struct nn *net)
{
	return mixture(nn_gelu(param(net, "a", 5, 3), true));
}

static struct nn_node *
affine_relu(struct nn *net)
{
	return mixture(nn_affine_in(param(net, "a", 5, 3), param(net, "b", 3, 4),
	    param(net, "c", 1, 4), true, true));
}

/* The stream is used before and after. */
static struct nn_node *
affine_onto(struct nn *net)
{
	struct nn_node *h = nn_scale(param(net, "h", 5, 4), 2);
	struct nn_node *x = nn_matmul(h, param(net, "a", 4, 3));

	h = nn_affine_onto(h, x, param(net, "b", 4, 3), param(net, "c", 1, 4),
	    false);
	return mixture(nn_affine_onto(h, h, param(net, "d", 4, 4),
	    param(net, "e", 1, 4), true));
}

/* More rows than are done at once. */
static struct nn_node *
output(struct nn *net)
{
	static int right[70], id[70];

	for (int i = 0; i < 70; i++) {
		right[i] = i * 7 % 20000;
		id[i] = i % 3;
	}
	return nn_scale(nn_output_entropy(nn_embed(param(net, "a", 3, 1), id,
	    70, 1), nn_affine(fixed(net, 20000, 2), param(net, "b", 1, 2),
	    param(net, "c", 1, 1)), NULL, right, NULL), 0.5);
}

static struct nn_node *
output_bias(struct nn *net)
{
	static const int right[] = { 2, 0, 1, 3, 3 };

	return nn_output_entropy(param(net, "a", 5, 3), param(net, "b", 4, 3),
	    param(net, "c", 1, 4), right, NULL);
}

static struct nn_node *
scores(struct nn *net)
{
	return mixture(nn_scores(param(net, "a", 1, 6), param(net, "b", 5, 6),
	    2));
}

static struct nn_node *
headwise(struct nn *net)
{
	return mixture(nn_headwise(param(net, "a", 5, 6),
	    param(net, "b", 4, 6), 3));
}

static const int row[] = { 0, 2, 1, 3, 1, 2, 3, 0, 0, 0 };

static struct nn_node *
attend(struct nn *net)
{
	return mixture(nn_attend(param(net, "a", 5, 3), row, 5, 2));
}

/* Six terms, so both the four at a time and the rest; wider than a part. */
static struct nn_node *
mix(struct nn *net)
{
	struct nn_node *w = nn_attend(param(net, "a", 5, 3), row, 5, 2);

	return mixture(nn_mix(w, param(net, "b", 5, 3 * 70),
	    param(net, "c", 1, 70), row, 2, false));
}

static struct nn_node *
mix_relu(struct nn *net)
{
	struct nn_node *w = nn_attend(param(net, "a", 5, 3), row, 5, 2);

	return mixture(nn_mix(w, param(net, "b", 5, 3 * 20),
	    param(net, "c", 1, 20), row, 2, true));
}

/* ------------------------------------------------------------- images */

/* A parameter of images, 32 channels of 4 * 4 pixels; no two are equal. */
static struct nn_node *
images(struct nn *net, size_t channels)
{
	struct nn_node *p = nn_find(net, "x");

	if (p)
		return p;
	p = nn_param(net, nn_shape(2, channels, 4, 4), (struct nn_init){ 0 },
	    "x");
	for (size_t i = 0; i < p->len; i++)
		p->x[i] = sin(1.7 * i) + 1e-3 * i;
	return p;
}

static struct nn_node *
image_mixture(struct nn_node *y)
{
	size_t k;

	if (y == NULL)
		return NULL;
	k = y->shape.dim[2];
	return mixture(nn_flatten(nn_conv(y,
	    fixed4(y->net, 16, y->shape.dim[1], k), fixed(y->net, 1, 16), 1,
	    0)));
}

static struct nn_node *
conv(struct nn *net)
{
	return image_mixture(nn_conv(images(net, 3), param4(net, "a", 16, 3, 3),
	    param(net, "b", 1, 16), 1, 1));
}

static struct nn_node *
conv_stride(struct nn *net)
{
	return image_mixture(nn_conv(images(net, 3), param4(net, "a", 16, 3, 3),
	    param(net, "b", 1, 16), 2, 1));
}

/* Fewer and smaller ones, and the distance to others. */
static struct nn_node *
pixels(struct nn *net, size_t channels, size_t side)
{
	struct nn_node *p = nn_param(net, nn_shape(2, channels, side, side),
	    (struct nn_init){ .bound = 1 }, "x");

	return p;
}

static struct nn_node *
apart(struct nn_node *y)
{
	return y ? nn_distance(y, fixed(y->net, 1, y->len)->x) : NULL;
}

static struct nn_node *
conv_open(struct nn *net)
{
	return apart(nn_conv_plain(pixels(net, 1, 4),
	    param4(net, "a", 16, 1, 3), 1, 0));
}

static struct nn_node *
deconv(struct nn *net)
{
	return apart(nn_deconv(pixels(net, 16, 2), param4(net, "a", 16, 16, 2),
	    1, 0));
}

static struct nn_node *
deconv_stride(struct nn *net)
{
	struct nn_node *x = pixels(net, 16, 2), *w = param4(net, "a", 16, 16, 2);

	/* both twice, so that their gradients are sums */
	return apart(nn_add(nn_deconv(nn_scale(x, 2), w, 2, 1),
	    nn_deconv(x, w, 2, 1)));
}

static struct nn_node *
deconv_few(struct nn *net)
{
	return apart(nn_deconv(pixels(net, 32, 2), param4(net, "a", 32, 3, 3),
	    2, 1));
}

static struct nn_node *
add_channels(struct nn *net)
{
	return apart(nn_add_channels(nn_add_channels(pixels(net, 16, 2),
	    param(net, "a", 1, 16)), param(net, "b", 2, 16)));
}

static struct nn_node *
add_few_channels(struct nn *net)
{
	return apart(nn_add_channels(nn_add_channels(pixels(net, 3, 2),
	    param(net, "a", 1, 3)), param(net, "b", 2, 3)));
}

/* Groups inside a block, and across two. */
static struct nn_node *
group_norm(struct nn *net)
{
	return apart(nn_group_normalize(pixels(net, 16, 2), NULL,
	    param(net, "a", 1, 16), param(net, "b", 1, 16),
	    &(struct nn_groups){ .groups = 8 }));
}

static struct nn_node *
group_norm_wide(struct nn *net)
{
	struct nn_node *x = pixels(net, 48, 2);

	return apart(nn_add(nn_group_normalize(x, param(net, "c", 2, 48),
	    param(net, "a", 1, 48), param(net, "b", 1, 48),
	    &(struct nn_groups){ 2, true }), x));
}

static struct nn_node *
batchnorm(struct nn *net)
{
	return image_mixture(nn_batchnorm(images(net, 16), false, "bn"));
}

static struct nn_node *
batchnorm_relu(struct nn *net)
{
	return image_mixture(nn_batchnorm(images(net, 16), true, "bn"));
}

static struct nn_node *
max_pool(struct nn *net)
{
	return image_mixture(nn_max_pool(images(net, 16), 2));
}

static struct nn_node *
mean_pool(struct nn *net)
{
	return image_mixture(nn_mean_pool(images(net, 16), 2));
}

static const int label[] = { 2, 0, 1, 3, 3 };

static struct nn_node *
cross_entropy(struct nn *net)
{
	return nn_cross_entropy(param(net, "a", 5, 4), label, NULL);
}

static struct nn_node *
square_error(struct nn *net)
{
	return nn_square_error(param(net, "a", 5, 4), label, NULL);
}

static struct nn_node *
distance(struct nn *net)
{
	return nn_distance(param(net, "a", 5, 4), fixed(net, 5, 4)->x);
}

/* -------------------------------------------------- sequences and layers */

static const int lengths[] = { 5, 3, 3, 1 }, labels[] = { 3, 1, 0, 1 };
static const int spelt[] = { 2, 2, 1, 3, 1 };

static struct nn_node *
ctc(struct nn *net)
{
	struct nn_pack pack;

	if (nn_pack(net, &pack, lengths, 4) < 0)
		return NULL;
	return nn_ctc(param(net, "a", pack.rows, 4), &pack, spelt, labels);
}

/* Twelve sequences, for more than a block of rows; a layer on another. */
static struct nn_node *
lstm_of(struct nn *net, int directions)
{
	static const int length[] = { 4, 4, 3, 3, 3, 2, 2, 2, 1, 1, 1, 1 };
	struct nn_pack pack;
	struct nn_node *x;

	if (nn_pack(net, &pack, length, 12) < 0)
		return NULL;
	x = nn_lstm(param(net, "a", pack.rows, 3), &pack, 5, directions, 0,
	    "lstm");
	return mixture(nn_lstm(x, &pack, 2, directions, 1, "lstm"));
}

static struct nn_node *
lstm_forward(struct nn *net)
{
	return lstm_of(net, 1);
}

static struct nn_node *
lstm_both(struct nn *net)
{
	return lstm_of(net, 2);
}

static struct nn_node *
linear(struct nn *net)
{
	return mixture(nn_linear(param(net, "a", 5, 4), 3, "fc%d", 1));
}

static struct nn_node *
layernorm(struct nn *net)
{
	return mixture(nn_layernorm(param(net, "a", 5, 4), "norm%d", 1));
}

/* ------------------------------------------------------------- models */

static struct nn_conf conf;
static struct nn_data data;

static struct nn_node *
model_loss(struct nn *net)
{
	const struct nn_model *m = nn_model(nn_conf_str(&conf, "net.model",
	    ""));
	struct nn_batch all = { .n = 49, .input = data.input,
		.label = data.label };

	return m->loss(net, &conf, &all, NULL);
}

static void
check_model(const char *name, int norm)
{
	struct nn *net = nn_open(0, 1);

	nn_conf_set(&conf, "net.model", "%s", name);
	nn_conf_set(&conf, "modadd.p", "7");
	nn_conf_set(&conf, "modadd.width", "12");
	nn_conf_set(&conf, "modadd.heads", "3");
	nn_conf_set(&conf, "modadd.hidden", "10");
	nn_conf_set(&conf, "modadd.norm", "%d", norm);
	if (nn_model(name)->data(net, &conf, &data) < 0)
		printf("# %s\n", nn_error(net));
	check(name, model_loss);
	nn_data_free(&data);
	nn_conf_free(&conf);
	nn_close(net);
}

int
main(void)
{
	check("affine, one row added", affine);
	check("affine, all rows added", affine_full);
	check("affine of many rows", affine_long);
	check("matmul", matmul);
	check("one parameter used six times", twice);
	check("add", add);
	check("add a row", add_row);
	check("scale", scale);
	check("relu", relu);
	check("swish", swish);
	check("transpose", transpose);
	check("rows", rows);
	check("embed", embed);
	check("fourier", fourier);
	check("normalize", normalize);
	check("attention", attention);
	check("attention, one head", attention_by_head);
	check("rotary", rotary);
	check("tokens", tokens);
	check("gelu", gelu);
	check("gelu by tanh", gelu_tanh);
	check("affine and relu", affine_relu);
	check("affine onto a stream", affine_onto);
	check("output", output);
	check("output with a bias", output_bias);
	check("scores", scores);
	check("headwise", headwise);
	check("attend", attend);
	check("mix", mix);
	check("mix and relu", mix_relu);
	check("cross entropy", cross_entropy);
	check("square error", square_error);
	check("distance", distance);
	check("conv", conv);
	check("conv with stride 2", conv_stride);
	check("conv of one channel, not padded", conv_open);
	check("deconv", deconv);
	check("deconv with stride 2, one more pixel", deconv_stride);
	check("deconv to few channels", deconv_few);
	check("add to channels", add_channels);
	check("add to few channels", add_few_channels);
	check("group norm", group_norm);
	check("add, group norm of wide groups, swish", group_norm_wide);
	check("batch norm", batchnorm);
	check("batch norm and relu", batchnorm_relu);
	check("max pool", max_pool);
	check("mean pool", mean_pool);
	check("linear", linear);
	check("layernorm", layernorm);
	check("ctc", ctc);
	check("lstm", lstm_forward);
	check("lstm in both directions", lstm_both);
	check_model("modadd-transformer", 0);
	check_model("modadd-transformer", 1);
	check_model("modadd-mlp", 0);
	return tap_done();
}
