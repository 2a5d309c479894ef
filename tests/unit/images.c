/*
 * images.c - image networks against reference values of PyTorch, convolutions
 * against direct loops
 *
 * tests/gold/images.tsv comes from tests/reference/torch-images.py.
 */
#include <stdlib.h>

#include "kernels/conv.h"
#include "reference.h"

enum { N = 20, STEPS = 5 };

static void
check_model(const char *model, size_t side, enum nn_precision precision,
    double near)
{
	size_t pixels = 3 * side * side;
	struct course c = { .steps = STEPS,
		.optimizer = { .rule = &nn_sgd, .lr = 3e-4,
		    .weight_decay = 1e-2, .momentum = 0.9 } };
	struct nn_images images = { .channels = 3, .height = side,
		.width = side };
	nn_real *x = malloc(N * pixels * sizeof *x);
	int label[N];
	struct subject s = { nn_open(0, 2), nn_find_model(model), .batch = { .n = N,
		.label = label, .x = x, .images = &images } };

	nn_set_precision(s.net, precision);
	nn_conf_set(&s.conf, "mlp.width", "16");
	nn_conf_set(&s.conf, "vgg.width", "16");
	for (size_t i = 0; i < N * pixels; i++)
		x[i] = scatter(i, 0);
	for (int i = 0; i < N; i++)
		label[i] = i * 3 % NN_CLASSES;
	nn_set_mode(s.net, NN_MODE_EVAL);
	init_subject(&s);
	nn_set_mode(s.net, NN_MODE_TRAIN);
	compare_subject("tests/gold/images.tsv", model, near, c, &s);
	free(x);
}

/* -------------------------------------------------------------- padding */

static void
check_padding(struct nn *net)
{
	/* two images of 2 * 3 pixels become 5 * 5 */
	struct nn_images s = { .n = 2, .channels = 1, .height = 2, .width = 3,
		.pixel = malloc(12) };
	static const char want[] = "..... .123. .456. ..... ....."
	    " ..... .789. .:;<. ..... .....";
	char got[2 * 5 * 6 + 1] = "";

	for (int i = 0; i < 12; i++)
		s.pixel[i] = 1 + i;
	ok(nn_images_pad(net, &s, 9) == 0 && s.height == 2,
	    "padding to 9 x 9 is refused");
	ok(nn_images_pad(net, &s, 5) == 0 && s.height == 5 && s.width == 5,
	    "padding by 3 and 2 pixels");
	for (int i = 0, at = 0; i < 50; i++) {
		if (i && i % 5 == 0)
			got[at++] = ' ';
		got[at++] = s.pixel[i] ? '0' + s.pixel[i] : '.';
	}
	ok(strcmp(got, want) == 0, "%s", got);
	nn_images_free(&s);
}

/* ------------------------------------------------------- convolutions */

/* Numbers that are exact in BF16. */
static float *
make_numbers(size_t n, double rate)
{
	float *x = malloc(n * sizeof *x);

	for (size_t i = 0; i < n; i++)
		x[i] = round(sin(i * rate) * 128) / 128;
	return x;
}

/* The largest difference, relative to the largest number. */
static double
relative_error(const float *x, const float *y, size_t n)
{
	double most = 0, largest = 0;

	for (size_t i = 0; i < n; i++) {
		most = fmax(most, fabs(x[i] - y[i]));
		largest = fmax(largest, fabs(y[i]));
	}
	return most / largest;
}

static void
check_conv(struct nn *net, enum nn_precision precision, const struct nn_conv *c)
{
	static const char *const name[] = { "fast", "exact", "bf16" };
	size_t nx = c->n * c->ic * c->h * c->w;
	size_t ny = c->n * c->oc * nn_conv_out(c, c->h) * nn_conv_out(c, c->w);
	size_t nw = c->oc * c->ic * c->k * c->k;
	float *x = make_numbers(nx, 0.7), *w = make_numbers(nw, 0.3);
	float *b = make_numbers(c->oc, 0.1), *dy = make_numbers(ny, 0.11);
	float *got = malloc((nx + ny) * sizeof *got);
	float *want = malloc((nx + ny) * sizeof *want);
	float *dw[2], *db[2];
	double error;

	nn_set_precision(net, precision);
	nn_conv_onednn(net, c, x, w, b, got);
	nn_conv_reference(c, x, w, b, want);
	error = relative_error(got, want, ny);
	nn_conv_dgrad(net, c, dy, w, got);
	nn_conv_reference_dgrad(c, dy, w, want);
	error = fmax(error, relative_error(got, want, nx));
	for (int i = 0; i < 2; i++) {
		dw[i] = calloc(nw, sizeof(float));
		db[i] = calloc(c->oc, sizeof(float));
	}
	nn_conv_onednn_wgrad(net, c, x, dy, dw[0], db[0]);
	nn_conv_reference_wgrad(c, x, dy, dw[1], db[1]);
	error = fmax(error, relative_error(dw[0], dw[1], nw));
	error = fmax(error, relative_error(db[0], db[1], c->oc));
	ok(error < (precision == NN_PRECISION_F32 ? 1e-4 : 1e-5) &&
	    !nn_error(net)[0],
	    "conv %zu -> %zu, %zu x %zu, stride %zu, %s: %.2g%s", c->ic, c->oc,
	    c->k, c->k, c->stride, name[precision], error, nn_error(net));
	for (int i = 0; i < 2; i++) {
		free(dw[i]);
		free(db[i]);
	}
	free(x);
	free(w);
	free(b);
	free(dy);
	free(got);
	free(want);
	nn_reset(net);
}

int
main(void)
{
	static const struct nn_conv convs[] = {
		{ 5, 3, 6, 7, 16, 3, 1, 1, 1 }, { 17, 32, 6, 6, 48, 3, 1, 1, 1 },
		{ 3, 16, 8, 8, 32, 3, 2, 1, 1 }, { 3, 16, 8, 8, 32, 1, 2, 0, 1 },
		{ 7, 128, 4, 4, 256, 3, 1, 1, 1 }, { 3, 32, 12, 12, 64, 3, 2, 0, 1 },
		{ 9, 1, 9, 9, 32, 3, 1, 0, 1 }, { 3, 5, 8, 8, 32, 3, 2, 1, 1 },
		{ 5, 64, 2, 2, 144, 3, 1, 1, 1 }, { 4, 80, 3, 5, 64, 3, 1, 1, 1 },
		{ 3, 64, 1, 1, 64, 3, 1, 1, 1 }, { 3, 64, 4, 4, 64, 5, 1, 2, 1 },
	};
	struct nn *net = nn_open(0, 2);
	bool bf16 = has_bf16();
	int last = bf16 ? NN_PRECISION_BF16 : NN_PRECISION_EXACT;

	check_padding(net);
	check_model("mlp", 4, NN_PRECISION_F32, 1e-5);
	check_model("vgg", 32, NN_PRECISION_F32, 1e-4);
	check_model("vgg", 32, NN_PRECISION_EXACT, 1e-4);
	check_model("resnet20", 32, NN_PRECISION_F32, 1e-3);
	check_model("resnet20", 32, NN_PRECISION_EXACT, 1e-3);	/* a ReLU at 0 */
	for (int how = NN_PRECISION_F32; how <= last; how++)
		for (size_t i = 0; i < sizeof convs / sizeof *convs; i++)
			check_conv(net, how, &convs[i]);
	if (!bf16)
		skip("BF16 convolutions", "the processor lacks AVX-512 BW");
	nn_close(net);
	return tap_done();
}
