/*
 * images-data.c - labeled images, their split, labels that mean nothing, and
 * what convolutional networks take of them
 */
#include <stdlib.h>
#include <string.h>

#include "core/tape.h"
#include "models.h"
#include "rng.h"

enum { SPLIT_SEED = 42, SHUFFLE_SEED = 12345, TOGETHER = 128 };

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
take(struct nn_examples *s, const int *id, size_t n, size_t most)
{
	s->n = most && most < n ? most : n;
	s->id = malloc((s->n + 1) * sizeof *id);
	if (s->id == NULL)
		return -1;
	memcpy(s->id, id, s->n * sizeof *id);
	return 0;
}

/* ------------------------------------------------------------- batches */

static size_t
pixels(const struct nn_images *s)
{
	return s->channels * s->height * s->width;
}

static int
room(const struct nn_data *d, struct nn_batch *b, size_t n)
{
	b->images = &d->images;
	b->label = malloc(n * sizeof *b->label);
	b->x = malloc(n * pixels(&d->images) * sizeof *b->x);
	return b->label && b->x ? 0 : -1;
}

static void
pick_some(void *arg, int part)
{
	const struct nn_batch *b = arg;
	size_t each = pixels(b->images);
	struct nn_range p = nn_range_of(b->n, part, nn_ranges_for(b->n, each));

	for (size_t i = p.from; i < p.to; i++)
		nn_images_get(b->images, b->id[i], b->x + i * each);
}

static int
pick(struct nn *net, const struct nn_data *d, struct nn_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		b->label[i] = d->label[b->id[i]];
	nn_team_do(nn_team_of(net), nn_ranges_for(b->n, pixels(b->images)), pick_some,
	    b);
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
	if (s->height != IMAGES_SIDE || s->width != IMAGES_SIDE) {
		nn_fail(net, "images of %zu x %zu pixels, wanted %d x %d",
		    s->height, s->width, IMAGES_SIDE, IMAGES_SIDE);
		return NULL;
	}
	return nn_input(net, nn_shape(b->n, s->channels, s->height, s->width),
	    b->x);
}

/* ---------------------------------------------------------------- data */

int
nn_images_data(struct nn *net, const struct nn_conf *c, struct nn_data *d)
{
	static const struct nn_source images = { room, pick, NULL };
	const char *path = nn_conf_str(c, "data", "");
	int64_t subset = nn_conf_int(c, "data.subset", 0);
	size_t n, train;
	int *order;
	int bad = 0;

	if (nn_images_load(net, path, &d->images) < 0 ||
	    nn_images_pad(net, &d->images, nn_conf_int(c, "data.side", 0)) < 0)
		return -1;
	n = d->images.n;
	train = n / 10 * 9 + n % 10 * 9 / 10;
	d->source = &images;
	d->together = TOGETHER;
	d->label = d->images.label;
	d->images.label = NULL;
	order = malloc(n * sizeof *order);
	if (order == NULL || train == 0) {
		free(order);
		return nn_fail(net, train ? "out of memory" : "%s: one image",
		    path);
	}
	if (nn_conf_int(c, "data.shuffled", 0))
		bad |= shuffle_labels(d, order);
	nn_torch_perm(order, n, SPLIT_SEED);
	bad |= take(&d->split[NN_TRAIN], order, train, subset);
	bad |= take(&d->split[NN_VAL], order + train, n - train,
	    (subset + 8) / 9);
	free(order);
	return bad ? nn_fail(net, "out of memory") : 0;
}
