/* modadd-data.c - the data of modular addition: all pairs, and their split */
#include <stdlib.h>
#include <string.h>

#include "core/tape.h"
#include "models.h"
#include "rng.h"

enum { MAX_P = 1000, EVAL_BATCH = 4096 };

static int
compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Sorted, so that neighbors share rows of tables; the order within a split does
 * not matter. */
static int
copy_ids(struct nn_examples *s, const int *id, size_t n)
{
	s->n = n;
	s->id = malloc((n + 1) * sizeof *id);
	if (s->id == NULL)
		return -1;
	memcpy(s->id, id, n * sizeof *id);
	qsort(s->id, n, sizeof *id, compare_ints);
	return 0;
}

static int
split_pairs(struct nn_data *d, size_t n, size_t train, uint32_t seed)
{
	int *order = malloc(n * sizeof *order), r;

	if (order == NULL)
		return -1;
	nn_py_shuffle(order, n, seed);
	r = copy_ids(&d->split[NN_TRAIN], order, train);
	if (r == 0)
		r = copy_ids(&d->split[NN_VAL], order + train, n - train);
	free(order);
	return r;
}

static int
alloc_batch(const struct nn_data *d, struct nn_batch *b, size_t n)
{
	(void)d;
	b->input = malloc(n * 2 * sizeof *b->input);
	b->label = malloc(n * sizeof *b->label);
	return b->input && b->label ? 0 : -1;
}

static int
collate_pairs(struct nn *net, const struct nn_data *d, struct nn_batch *b)
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
	static const struct nn_data_source pairs = { alloc_batch,
		collate_pairs, NULL };
	int64_t p = nn_conf_int(c, "modadd.p");
	double frac = nn_conf_num(c, "modadd.frac");
	uint64_t seed = nn_conf_int(c, "train.seed");
	size_t n;

	if (p < 2 || p > MAX_P)
		return nn_fail(net, "modadd.p: wanted 2 to %d, got %lld", MAX_P,
		    (long long)p);
	n = p * p;
	if (!(frac > 0 && frac <= 1) || (size_t)(frac * n) == 0)
		return nn_fail(net, "modadd.frac: wanted a fraction of %zu "
		    "pairs, got %g",
		    n, frac);
	if (seed > UINT32_MAX)
		return nn_fail(net, "train.seed: wanted less than 2^32");
	d->source = &pairs;
	d->eval_batch = EVAL_BATCH;
	d->input = malloc(n * 2 * sizeof *d->input);
	d->label = malloc(n * sizeof *d->label);
	if (d->input == NULL || d->label == NULL ||
	    split_pairs(d, n, (size_t)(frac * n), seed) < 0)
		return nn_fail(net, "out of memory for %zu pairs", n);
	for (size_t i = 0; i < n; i++) {
		d->input[2 * i] = i / p;
		d->input[2 * i + 1] = p + i % p;
		d->label[i] = (i / p + i % p) % p;
	}
	return 0;
}
