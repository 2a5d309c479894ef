/* prune_mask.c - set weights to zero by a mask, made here or given */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "linear_combination.h"
#include "mask_file.h"
#include "prune_mask.h"
#include "spill_file.h"
#include "tensor_noise.h"
#include "top_k.h"

enum { PART = 4096 };

static const struct cli_prune *how;
static struct ckpt_wr *out;
static FILE *report;
static struct cli_room keep_room;
static unsigned char *keep;		/* the mask of one tensor */
static uint64_t step;

/* --------------------------------------------------------------- output */

static void
tell(const char *name, uint64_t kept, uint64_t of)
{
	if (report)
		fprintf(report, "%" PRIu64 "\t%s\t%" PRIu64 "\t%" PRIu64
		    "\t%.9g\n", step, name, kept, of, (double)kept / of);
}

/* Make what keep does not keep 0; without a branch, which would be guessed
 * wrong half of the time. */
#define ZERO(type) do { \
		type *x = t->data; \
		for (uint64_t i = 0; i < t->len; i++) \
			x[i] &= -(type)keep[i]; \
	} while (0)

/* Write t as keep leaves it, or keep. */
static void
put_masked(struct ckpt_tensor *t)
{
	struct ckpt_tensor mask = *t;
	uint64_t kept = 0;

	for (uint64_t i = 0; i < t->len; i++)
		kept += keep[i];
	switch (ckpt_type_size(t->type)) {
	case 1:
		ZERO(uint8_t);
		break;
	case 2:
		ZERO(uint16_t);
		break;
	case 4:
		ZERO(uint32_t);
		break;
	case 8:
		ZERO(uint64_t);
		break;
	default:
		cli_die("%s: %s cannot be masked", t->name, t->dtype);
	}
	tell(t->name, kept, t->len);
	mask.type = CKPT_BOOL;
	mask.data = keep;
	cli_check(out, ckpt_put(out, how->mask ? &mask : t));
}

static void
put_rest(const struct ckpt_tensor *t)
{
	if (!how->mask)
		cli_check(out, ckpt_put(out, t));
}

/* --------------------------------------- the largest, of a whole checkpoint */

static struct cli_spill *shelf;
static struct cli_room room;

/* Is the i-th pruned? last: where the last matrix is. */
static bool
takes(size_t i, size_t last, struct ckpt_tensor *t)
{
	cli_spill_peek(shelf, i, t);
	return cli_is_matrix(t) && cli_matrix_filter_takes(&how->scope, t->name, i == last);
}

/* A part of t, from i on, as doubles. */
static size_t
part(double x[PART], const struct ckpt_tensor *t, size_t i)
{
	size_t n = t->len - i < PART ? t->len - i : PART;

	cli_range_doubles(x, t, i, n);
	return n;
}

static void
add(struct cli_top_k *s, const struct ckpt_tensor *t)
{
	double x[PART];

	for (size_t i = 0, n; i < t->len; i += n)
		cli_top_add(s, x, n = part(x, t, i));
}

/* Choose from the pool of the tensors from first to end. */
static void
choose(struct cli_top_k *s, size_t first, size_t end, size_t last)
{
	uint64_t pool = 0;
	struct ckpt_tensor t;

	for (size_t i = first; i < end; i++)
		if (takes(i, last, &t))
			pool += t.len;
	cli_top_start(s, cli_top_share(how->keep, pool));
	for (; s->more; cli_top_end(s))
		for (size_t i = first; i < end; i++)
			if (takes(i, last, &t)) {
				cli_spill_get(shelf, i, &t, &room);
				add(s, &t);
			}
}

static void
put_chosen(struct cli_top_k *s, struct ckpt_tensor *t)
{
	double x[PART];

	keep = cli_reserve(&keep_room, t->len);
	for (size_t i = 0, n; i < t->len; i += n) {
		n = part(x, t, i);
		cli_top_take(s, x, n, keep + i);
	}
	put_masked(t);
}

/* The checkpoint on the shelf is complete. */
static void
put_largest(void)
{
	size_t n = cli_spill_count(shelf), last = n;
	struct cli_top_k s = { 0 };
	struct ckpt_tensor t;

	for (size_t i = 0; i < n; i++) {
		cli_spill_peek(shelf, i, &t);
		if (cli_is_matrix(&t))
			last = i;
	}
	if (!how->layerwise)
		choose(&s, 0, n, last);
	for (size_t i = 0; i < n; i++) {
		bool taken = takes(i, last, &t);

		if (taken && how->layerwise)
			choose(&s, i, i + 1, last);
		cli_spill_get(shelf, i, &t, &room);
		if (taken)
			put_chosen(&s, &t);
		else
			put_rest(&t);
		if (taken && how->layerwise)
			cli_top_free(&s);
	}
	if (!how->layerwise)
		cli_top_free(&s);
	cli_spill_clear(shelf);
}

/* --------------------------------------------------------- by another mask */

static struct cli_mask given;
static size_t found;			/* of its tensors, in a checkpoint */

static void
put_given(struct ckpt_tensor *t)
{
	uint64_t stream = cli_noise_stream("mask:", t->name), kept;
	uint32_t w[4];

	keep = cli_reserve(&keep_room, t->len);
	if (!cli_mask_find(&given, t, keep, &kept)) {
		put_rest(t);
		return;
	}
	found++;
	if (!cli_matrix_filter_takes(&how->scope, t->name, false)) {
		put_rest(t);
		return;
	}
	for (uint64_t i = 0; how->random && i < t->len; i++) {
		if (i % 4 == 0)
			ckpt_philox(w, how->seed, stream, i / 4);
		keep[i] = w[i % 4] / 0x1p32 < (double)kept / t->len;
	}
	put_masked(t);
}

/* ---------------------------------------------------------------- stream */

static void
complete(void)
{
	if (shelf)
		put_largest();
	else if (found != given.n)
		cli_die("step %" PRIu64 ": %zu of %zu tensors of the mask are not "
		    "here", step, given.n - found, given.n);
	found = 0;
}

/* A tie may be to a tensor that has no mask; the mask of the one it is tied to
 * does for both. */
static const char *
no_tie(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return NULL;
}

static void
begin_checkpoint(struct ckpt_rd *in)
{
	cli_check(out, ckpt_begin_from(out, in));
	step = ckpt_step(in);
}

static void
take_tensor(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	cli_load(in, t);
	if (shelf)
		cli_spill_put(shelf, t);
	else
		put_given(t);
}

void
cli_prune_weights(char *paths[], const struct cli_prune *m)
{
	const char *other = m->random ? m->random : m->apply;
	struct ckpt_rd *in;

	how = m;
	if (other)
		cli_mask_read(&given, other);
	else
		shelf = cli_spill_open();
	in = cli_open(paths);
	if (m->report && (report = fopen(m->report, "w")) == NULL)
		cli_die("%s:", m->report);
	if (report)
		fprintf(report, "step\ttensor\tkept\tof\tdensity\n");
	out = cli_create(NULL);
	if (how->mask)
		ckpt_rename_ties(out, no_tie, NULL);
	cli_filter(in, begin_checkpoint, take_tensor, complete);
	cli_finish(out);
	if (report && fclose(report) != 0)
		cli_die("%s:", m->report);
	ckpt_close(in);
	if (shelf)
		cli_spill_close(shelf);
	cli_mask_free(&given);
	free(keep_room.p);
	free(room.p);
}
