/* images.c - load labeled images: CIFAR-10, MNIST, Fashion-MNIST */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/endian.h"
#include "cifar_pickle.h"
#include "core/tape.h"
#include "dataset_files.h"
#include "images.h"

enum {
	BATCHES = 5,
	CIFAR_PIXELS = 3 * 32 * 32, CIFAR_RECORD = 1 + CIFAR_PIXELS,
	PADDING = 4,		/* at most, of both sides together */
	FILE_BYTES = 1 << 30
};

/* The files of a data set, which an archive has in any order. */
struct files {
	unsigned char	*batch[BATCHES], *images, *labels;
	size_t		 batch_size[BATCHES], images_size, labels_size;
};

/* Parse data_batch_K.bin, or data_batch_K of the Python version. */
static bool
parse_batch_name(const char *name, int *k, bool *pickled)
{
	int end = 0;

	if (sscanf(name, "data_batch_%1d%n", k, &end) != 1 || *k < 1 ||
	    *k > BATCHES)
		return false;
	*pickled = name[end] == 0;
	return *pickled || strcmp(name + end, ".bin") == 0;
}

static int
read_file(struct nn_dataset_file *d, const char *name, void *arg)
{
	struct files *f = arg;
	unsigned char **p = NULL;
	size_t *n = NULL;
	bool pickled = false;
	int k;

	if (parse_batch_name(name, &k, &pickled)) {
		p = &f->batch[k - 1];
		n = &f->batch_size[k - 1];
	} else if (strcmp(name, "train-images-idx3-ubyte") == 0) {
		p = &f->images;
		n = &f->images_size;
	} else if (strcmp(name, "train-labels-idx1-ubyte") == 0) {
		p = &f->labels;
		n = &f->labels_size;
	}
	if (p == NULL)
		return 0;
	if (*p)
		return nn_fail(d->net, "%s: %s twice", d->path, name);
	*p = pickled ? nn_cifar_unpickle(d, name, n) :
	    nn_dataset_read(d, FILE_BYTES, n);
	return *p ? 0 : -1;
}

static int
allocate_images(struct nn *net, struct nn_images *s)
{
	s->pixel = malloc(s->n * s->channels * s->height * s->width + 1);
	s->label = malloc((s->n + 1) * sizeof *s->label);
	if (s->pixel == NULL || s->label == NULL)
		return nn_fail(net, "out of memory for %zu images", s->n);
	return 0;
}

static int
set_label(struct nn *net, const char *path, struct nn_images *s, size_t i,
    int label)
{
	s->label[i] = label;
	if (label < NN_CLASSES)
		return 0;
	return nn_fail(net, "%s: image %zu: label %d, wanted 0 to %d", path, i,
	    label, NN_CLASSES - 1);
}

/* A record is a label, then the red, green and blue plane. */
static int
load_cifar(struct nn *net, const char *path, const struct files *f,
    struct nn_images *s)
{
	size_t at = 0;

	*s = (struct nn_images){ .channels = 3, .height = 32, .width = 32,
		.mean = { 0.4914, 0.4822, 0.4465 },
		.sd = { 0.2470, 0.2435, 0.2616 } };
	for (int k = 0; k < BATCHES; k++) {
		if (f->batch_size[k] % CIFAR_RECORD)
			return nn_fail(net, "%s: data_batch_%d: %zu bytes, not "
			    "a multiple of %d: cut?", path, k + 1,
			    f->batch_size[k], CIFAR_RECORD);
		s->n += f->batch_size[k] / CIFAR_RECORD;
	}
	if (allocate_images(net, s) < 0)
		return -1;
	for (int k = 0; k < BATCHES; k++)
		for (size_t i = 0; i < f->batch_size[k]; i += CIFAR_RECORD) {
			const unsigned char *p = f->batch[k] + i;

			if (set_label(net, path, s, at, *p) < 0)
				return -1;
			memcpy(s->pixel + at++ * CIFAR_PIXELS, p + 1,
			    CIFAR_PIXELS);
		}
	return 0;
}

/* The mean and standard deviation of all pixels. */
static void
compute_statistics(struct nn_images *s)
{
	double sum = 0, squares = 0, n = 255.0 * s->n * s->height * s->width;
	size_t count[256] = { 0 };

	for (size_t i = 0; i < s->n * s->height * s->width; i++)
		count[s->pixel[i]]++;
	for (int v = 0; v < 256; v++) {
		sum += (double)v * count[v];
		squares += (double)v * v * count[v];
	}
	s->mean[0] = sum / n;
	s->sd[0] = sqrt(squares / n / 255 - s->mean[0] * s->mean[0]);
	if (!(s->sd[0] > 0))
		s->sd[0] = 1;
}

/* An IDX file is a magic number, sizes (32 bits, big-endian) and the bytes. */
static int
load_idx(struct nn *net, const char *path, const struct files *f,
    struct nn_images *s)
{
	const unsigned char *x = f->images, *y = f->labels;
	size_t pixels;

	if (f->images_size < 16 || load_be32(x) != 0x803)
		return nn_fail(net, "%s: train-images-idx3-ubyte: not an IDX "
		    "file of images", path);
	if (f->labels_size < 8 || load_be32(y) != 0x801)
		return nn_fail(net, "%s: train-labels-idx1-ubyte: not an IDX "
		    "file of labels", path);
	*s = (struct nn_images){ .n = load_be32(x + 4), .channels = 1,
		.height = load_be32(x + 8), .width = load_be32(x + 12) };
	if (s->height > 1024 || s->width > 1024)
		return nn_fail(net, "%s: images of %zu x %zu, at most 1024",
		    path, s->height, s->width);
	pixels = s->height * s->width;
	if (f->images_size - 16 != s->n * pixels ||
	    f->labels_size - 8 != s->n || load_be32(y + 4) != s->n)
		return nn_fail(net, "%s: %zu images want %zu bytes and as many "
		    "labels, got %zu and %zu", path, s->n, s->n * pixels,
		    f->images_size - 16, f->labels_size - 8);
	if (allocate_images(net, s) < 0)
		return -1;
	memcpy(s->pixel, x + 16, s->n * pixels);
	for (size_t i = 0; i < s->n; i++)
		if (set_label(net, path, s, i, y[8 + i]) < 0)
			return -1;
	compute_statistics(s);
	return 0;
}

/* Where Debian packages install data sets. */
#define INSTALLED "/usr/share/datasets/"

const char *
nn_images_installed(void)
{
	static const char name[] = "fashion-mnist";

	return access(INSTALLED "fashion-mnist", F_OK) == 0 ? name : NULL;
}

static const char *
find_dataset(struct nn *net, const char *path, char place[300])
{
	if (strchr(path, '/') || access(path, F_OK) == 0)
		return path;
	snprintf(place, 300, INSTALLED "%.200s", path);
	if (access(place, F_OK) == 0)
		return place;
	nn_fail(net, "%s: neither a file nor a data set in " INSTALLED
	    " (apt install dataset-fashion-mnist)", path);
	return NULL;
}

int
nn_images_load(struct nn *net, const char *path, struct nn_images *s)
{
	struct files f = { 0 };
	char place[300];
	int r;

	*s = (struct nn_images){ 0 };
	path = find_dataset(net, path, place);
	if (path == NULL)
		return -1;
	r = nn_dataset_visit_files(net, path, 0, read_file, &f);
	if (r == 0 && f.images && f.labels)
		r = load_idx(net, path, &f, s);
	else if (r == 0)
		r = load_cifar(net, path, &f, s);
	if (r == 0 && s->n == 0)
		r = nn_fail(net, "%s: neither CIFAR-10 (data_batch_1.bin ...) "
		    "nor IDX files (train-images-idx3-ubyte ...)", path);
	for (int k = 0; k < BATCHES; k++)
		free(f.batch[k]);
	free(f.images);
	free(f.labels);
	return r;
}

int
nn_images_pad(struct nn *net, struct nn_images *s, size_t side)
{
	size_t h = s->height, w = s->width, top, left;
	unsigned char *to, *from = s->pixel;

	if (h > side || w > side || h + PADDING < side || w + PADDING < side)
		return 0;
	to = calloc(s->n * s->channels + 1, side * side);
	if (to == NULL)
		return nn_fail(net, "out of memory for %zu images", s->n);
	top = (side - h) / 2;
	left = (side - w) / 2;
	for (size_t i = 0; i < s->n * s->channels; i++)
		for (size_t y = 0; y < h; y++)
			memcpy(to + (i * side + top + y) * side + left,
			    from + (i * h + y) * w, w);
	free(from);
	s->pixel = to;
	s->height = s->width = side;
	return 0;
}

void
nn_images_free(struct nn_images *s)
{
	free(s->pixel);
	free(s->label);
	*s = (struct nn_images){ 0 };
}

void
nn_images_get(const struct nn_images *s, size_t i, nn_real *x)
{
	size_t plane = s->height * s->width;
	const unsigned char *p = s->pixel + i * s->channels * plane;

	for (size_t c = 0; c < s->channels; c++) {
		nn_real scale = 1 / (255 * s->sd[c]);
		nn_real shift = s->mean[c] / s->sd[c];

		for (size_t j = 0; j < plane; j++)
			*x++ = *p++ * scale - shift;
	}
}
