/*
 * images-data.c - the data of image models: labeled images, their split, random
 * labels, batches
 */
#include <stdlib.h>
#include <string.h>

#include "core/tape.h"
#include "models.h"
#include "rng.h"

enum { SPLIT_SEED = 42, SHUFFLE_SEED = 12345, EVAL_BATCH = 128 };

/* Random labels: the labels of all images, permuted. */
static int
shuffle_labels(struct nn_data *d, int *order)
{
	size_t n = d->images.n;
	int *old = malloc(n * sizeof *old);

	if (old == NULL)
		return -1;
	memcpy(old, d->label, n * sizeof *old);
	nn_torch_perm(order, n, SHUFFLE_SEED);
	for (size_t i = 0; i < n; i++)
		d->label[i] = old[order[i]];
	free(old);
	return 0;
}

static int
copy_ids(struct nn_examples *s, const int *id, size_t n, size_t max)
{
	s->n = max && max < n ? max : n;
	s->id = malloc((s->n + 1) * sizeof *id);
	if (s->id == NULL)
		return -1;
	memcpy(s->id, id, s->n * sizeof *id);
	return 0;
}

/* ------------------------------------------------------------- batches */

static size_t
get_image_len(const struct nn_images *s)
{
	return s->channels * s->height * s->width;
}

static int
alloc_batch(const struct nn_data *d, struct nn_batch *b, size_t n)
{
	b->images = &d->images;
	b->label = malloc(n * sizeof *b->label);
	b->x = malloc(n * get_image_len(&d->images) * sizeof *b->x);
	return b->label && b->x ? 0 : -1;
}

static void
read_range(void *arg, int part)
{
	const struct nn_batch *b = arg;
	size_t len = get_image_len(b->images);
	struct nn_range p = nn_range_of(b->n, part, nn_ranges_for(b->n, len));

	for (size_t i = p.from; i < p.to; i++)
		nn_images_get(b->images, b->id[i], b->x + i * len);
}

static int
collate_images(struct nn *net, const struct nn_data *d, struct nn_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		b->label[i] = d->label[b->id[i]];
	nn_team_do(nn_team_of(net),
	    nn_ranges_for(b->n, get_image_len(b->images)), read_range, b);
	return 0;
}

struct nn_node *
nn_images_input(struct nn *net, const struct nn_batch *b, int64_t width)
{
	const struct nn_images *s = b->images;

	if (width < NN_BLOCK || width > 1024 || width % NN_BLOCK) {
		nn_fail(net, "width: wanted a multiple of %d up to 1024, got "
		    "%lld", NN_BLOCK, (long long)width);
		return NULL;
	}
	if (s->height != NN_IMAGE_SIDE || s->width != NN_IMAGE_SIDE) {
		nn_fail(net, "images of %zu x %zu pixels, wanted %d x %d",
		    s->height, s->width, NN_IMAGE_SIDE, NN_IMAGE_SIDE);
		return NULL;
	}
	return nn_input(net, NN_SHAPE(b->n, s->channels, s->height, s->width),
	    b->x);
}

/* ---------------------------------------------------------------- data */

int
nn_images_data(struct nn *net, const struct nn_conf *c, struct nn_data *d)
{
	static const struct nn_data_source source = { alloc_batch,
		collate_images, NULL };
	const char *path = nn_conf_str(c, "data");
	int64_t subset = nn_conf_int(c, "data.subset");
	size_t n, train;
	int *order;
	int bad = 0;

	if (nn_images_load(net, path, &d->images) < 0 ||
	    nn_images_pad(net, &d->images, nn_conf_int(c, "data.side")) < 0)
		return -1;
	n = d->images.n;
	train = n / 10 * 9 + n % 10 * 9 / 10;
	d->source = &source;
	d->eval_batch = EVAL_BATCH;
	d->label = d->images.label;
	d->images.label = NULL;
	order = malloc(n * sizeof *order);
	if (order == NULL || train == 0) {
		free(order);
		return nn_fail(net, train ? "out of memory" :
		    "%s: only one image", path);
	}
	if (nn_conf_int(c, "data.shuffled"))
		bad |= shuffle_labels(d, order);
	nn_torch_perm(order, n, SPLIT_SEED);
	bad |= copy_ids(&d->split[NN_TRAIN], order, train, subset);
	bad |= copy_ids(&d->split[NN_VAL], order + train, n - train,
	    (subset + 8) / 9);
	free(order);
	return bad ? nn_fail(net, "out of memory") : 0;
}
