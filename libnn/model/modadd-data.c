/* modadd-data.c - all pairs of modular addition, and their split */
#include <stdlib.h>
#include <string.h>

#include "core/tape.h"
#include "models.h"
#include "rng.h"

enum { LARGEST = 1000, TOGETHER = 4096 };

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Sorted: the order inside a split means nothing, and in this one neighbors
 * share rows of tables. */
static int
take(struct nn_examples *s, const int *id, size_t n)
{
	s->n = n;
	s->id = malloc((n + 1) * sizeof *id);
	if (s->id == NULL)
		return -1;
	memcpy(s->id, id, n * sizeof *id);
	qsort(s->id, n, sizeof *id, compare);
	return 0;
}

static int
split(struct nn_data *d, size_t n, size_t train, uint32_t seed)
{
	int *order = malloc(n * sizeof *order), r;

	if (order == NULL)
		return -1;
	nn_py_shuffle(order, n, seed);
	r = take(&d->split[NN_TRAIN], order, train);
	if (r == 0)
		r = take(&d->split[NN_VAL], order + train, n - train);
	free(order);
	return r;
}

static int
room(const struct nn_data *d, struct nn_batch *b, size_t n)
{
	(void)d;
	b->input = malloc(n * 2 * sizeof *b->input);
	b->label = malloc(n * sizeof *b->label);
	return b->input && b->label ? 0 : -1;
}

static int
pick(struct nn *net, const struct nn_data *d, struct nn_batch *b)
{
	(void)net;
	for (size_t i = 0; i < b->n; i++) {
		const int *pair = d->input + 2 * b->id[i];

		b->input[2 * i] = pair[0];
		b->input[2 * i + 1] = pair[1];
		b->label[i] = d->label[b->id[i]];
	}
	return 0;
}

int
nn_modadd_data(struct nn *net, const struct nn_conf *c, struct nn_data *d)
{
	static const struct nn_source pairs = { room, pick, NULL };
	int64_t p = nn_conf_int(c, "modadd.p", 113);
	double frac = nn_conf_num(c, "modadd.frac", 0.3);
	uint64_t seed = nn_conf_int(c, "train.seed", 0);
	size_t n;

	if (p < 2 || p > LARGEST)
		return nn_fail(net, "p: wanted 2 to %d, got %lld", LARGEST,
		    (long long)p);
	n = p * p;
	if (!(frac > 0 && frac <= 1) || (size_t)(frac * n) == 0)
		return nn_fail(net, "frac: wanted a part of %zu pairs, got %g",
		    n, frac);
	if (seed > UINT32_MAX)
		return nn_fail(net, "seed: wanted less than 2^32");
	d->source = &pairs;
	d->together = TOGETHER;
	d->input = malloc(n * 2 * sizeof *d->input);
	d->label = malloc(n * sizeof *d->label);
	if (d->input == NULL || d->label == NULL ||
	    split(d, n, (size_t)(frac * n), seed) < 0)
		return nn_fail(net, "out of memory for %zu pairs", n);
	for (size_t i = 0; i < n; i++) {
		d->input[2 * i] = i / p;
		d->input[2 * i + 1] = p + i % p;
		d->label[i] = (i / p + i % p) % p;
	}
	return 0;
}
