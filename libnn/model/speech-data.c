/*
 * speech-data.c - the data of speech models: utterances in packed batches
 *
 * In a batch x (rows, width) is packed, the longest utterance first; input
 * (3, n) has the frames of each utterance, its number of labels, and its place
 * in id; label has the labels of all utterances, one after the other.
 */
#include <stdlib.h>
#include <string.h>

#include "core/tape.h"
#include "models.h"
#include "rng.h"
#include "speech.h"

enum { SPLIT_SEED = 42, EVAL_BATCH = 32 };

/* ------------------------------------------------------------- batches */

static int
alloc_batch(const struct nn_data *d, struct nn_batch *b, size_t n)
{
	const struct nn_speech *s = d->state;
	size_t frames = 1, labels = 1;

	for (size_t i = 0; i < s->n; i++) {
		const struct nn_utterance *u = &s->u[i];

		frames = u->frames > frames ? u->frames : frames;
		labels = (size_t)u->labels > labels ? (size_t)u->labels :
		    labels;
	}
	b->width = s->width;
	b->input = calloc(n, 3 * sizeof *b->input);
	b->label = calloc(n, labels * sizeof *b->label);
	b->x = calloc(n, frames * s->width * sizeof *b->x);
	return b->input && b->label && b->x ? 0 : -1;
}

struct place { const struct nn_utterance *u; size_t i; };

static int
compare_lengths(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->u->frames != y->u->frames)
		return x->u->frames < y->u->frames ? 1 : -1;
	return x->i < y->i ? -1 : 1;
}

static int
collate_utterances(struct nn *net, const struct nn_data *d, struct nn_batch *b)
{
	const struct nn_speech *s = d->state;
	struct place *p = nn_alloc(net, b->n, sizeof *p);
	int *label = b->label;
	nn_real *x = b->x;

	if (p == NULL)
		return -1;
	for (size_t i = 0; i < b->n; i++)
		p[i] = (struct place){ &s->u[b->id[i]], i };
	qsort(p, b->n, sizeof *p, compare_lengths);
	b->length = p[0].u->frames;
	for (size_t i = 0; i < b->n; i++) {
		const struct nn_utterance *u = p[i].u;

		b->input[i] = u->frames;
		b->input[b->n + i] = u->labels;
		b->input[2 * b->n + i] = p[i].i;
		memcpy(label, u->label, u->labels * sizeof *label);
		label += u->labels;
	}
	for (size_t t = 0; t < b->length; t++)
		for (size_t i = 0; i < b->n && t < p[i].u->frames; i++) {
			memcpy(x, p[i].u->x + t * s->width,
			    s->width * sizeof *x);
			x += s->width;
		}
	return 0;
}

static void
free_speech(struct nn_data *d)
{
	nn_speech_free(d->state);
	free(d->state);
}

/* ---------------------------------------------------------------- splits */

/* At most max (0: all) of the utterances from, from + 1, ..., in this order. */
static int
copy_ids(struct nn_examples *s, const int *order, size_t n, size_t from,
    size_t max)
{
	s->n = max && max < n ? max : n;
	s->id = malloc((s->n + 1) * sizeof *s->id);
	if (s->id == NULL)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		s->id[i] = order[i] + from;
	return 0;
}

/* The first n utterances are those of data, the others those of val_data. */
static int
split_utterances(const struct nn_conf *c, struct nn_data *d, size_t n)
{
	const struct nn_speech *s = d->state;
	size_t subset = nn_conf_int(c, "data.subset");
	bool all = s->n > n || nn_conf_int(c, "transcribe");
	size_t train = all ? n : n / 10 * 9 + n % 10 * 9 / 10;
	int *order = malloc((s->n + 1) * sizeof *order);
	int bad = order == NULL;

	if (bad)
		return -1;
	nn_torch_perm(order, n, SPLIT_SEED);
	bad |= copy_ids(&d->split[NN_TRAIN], order, train, 0, subset);
	if (s->n == n) {
		bad |= copy_ids(&d->split[NN_VAL], order + train, n - train, 0,
		    (subset + 8) / 9);
	} else {
		nn_torch_perm(order, s->n - n, SPLIT_SEED);
		bad |= copy_ids(&d->split[NN_VAL], order, s->n - n, n, 0);
	}
	free(order);
	return bad ? -1 : 0;
}

int
nn_speech_data(struct nn *net, const struct nn_conf *c, struct nn_data *d)
{
	static const struct nn_data_source speech = { alloc_batch,
		collate_utterances, free_speech };
	const char *path = nn_conf_str(c, "data");
	const char *val = nn_conf_get(c, "val_data");
	struct nn_speech *s = calloc(1, sizeof *s);
	size_t n;

	if (s == NULL)
		return nn_fail(net, "out of memory");
	d->source = &speech;
	d->state = s;
	d->eval_batch = EVAL_BATCH;
	if (nn_speech_load(net, c, path, s) < 0)
		return -1;
	n = s->n;
	if (val && nn_speech_load(net, c, val, s) < 0)
		return -1;
	if (n == 1 && val == NULL && !nn_conf_int(c, "transcribe"))
		return nn_fail(net, "%s: only one utterance", path);
	if (split_utterances(c, d, n) < 0)
		return nn_fail(net, "out of memory");
	return 0;
}
