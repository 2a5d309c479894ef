/* prune_mask.c - set weights to 0 by a mask: of magnitudes, random, or given */
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

enum { BLOCK = 4096 };			/* elements converted at a time */

static const struct cli_prune *options;
static struct ckpt_wr *out;
static struct cli_table *report;
static struct cli_room keep_room;
static unsigned char *keep;		/* the mask of a tensor: 1 or 0 */
static uint64_t step;
static char where[1200];		/* "run.ckpt: step 3" */

/* --------------------------------------------------------------- output */

static uint64_t
count_kept(const unsigned char *mask, uint64_t n)
{
	uint64_t kept = 0;

	for (uint64_t i = 0; i < n; i++)
		kept += mask[i];
	return kept;
}

static void
report_density(const struct ckpt_tensor *t)
{
	uint64_t kept = count_kept(keep, t->len);

	cli_table_int(report, step);
	cli_table_str(report, t->name);
	cli_table_int(report, kept);
	cli_table_int(report, t->len);
	cli_table_num(report, (double)kept / t->len);
}

/* Set to 0 what is not kept, without branches, which would be mispredicted half
 * of the time. */
#define ZERO(type) do { \
		type *x = t->data; \
		for (uint64_t i = 0; i < t->len; i++) \
			x[i] &= -(type)keep[i]; \
	} while (0)

/* Write t under its mask, or the mask. */
static void
put_masked(struct ckpt_tensor *t)
{
	struct ckpt_tensor mask = *t;

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
	if (report)
		report_density(t);
	mask.type = CKPT_BOOL;
	mask.data = keep;
	cli_check(out, ckpt_put(out, options->mask ? &mask : t));
}

/* Write t, to which no mask applies. */
static void
put_unmasked(const struct ckpt_tensor *t)
{
	if (!options->mask)
		cli_check(out, ckpt_put(out, t));
}

/* ------------------------------------------------ the largest magnitudes */

static struct cli_spill *spill;	/* a checkpoint, until it is complete */
static struct cli_room room;

/* Is tensor i pruned? Matrix last is the last one. */
static bool
is_pruned(size_t i, size_t last, struct ckpt_tensor *t)
{
	cli_spill_peek(spill, i, t);
	return cli_is_matrix(t) && cli_matrix_filter_takes(&options->scope,
	    t->name, i == last);
}

/* Elements of t from i on, at most a block, as doubles: how many. */
static size_t
read_block(double x[BLOCK], const struct ckpt_tensor *t, size_t i)
{
	size_t n = t->len - i < BLOCK ? t->len - i : BLOCK;

	cli_range_doubles(x, t, i, n);
	return n;
}

static void
add_magnitudes(struct cli_top_k *s, const struct ckpt_tensor *t)
{
	double x[BLOCK];

	for (size_t i = 0, n; i < t->len; i += n) {
		n = read_block(x, t, i);
		cli_top_add(s, x, n);
	}
}

/* Find the largest of all weights in the tensors from first to end. */
static void
find_largest(struct cli_top_k *s, size_t first, size_t end, size_t last)
{
	uint64_t pool = 0;
	struct ckpt_tensor t;

	for (size_t i = first; i < end; i++)
		if (is_pruned(i, last, &t))
			pool += t.len;
	cli_top_start(s, cli_top_share(options->keep, pool));
	for (; s->more; cli_top_end(s))
		for (size_t i = first; i < end; i++)
			if (is_pruned(i, last, &t)) {
				cli_spill_get(spill, i, &t, &room);
				add_magnitudes(s, &t);
			}
}

static void
put_largest(struct cli_top_k *s, struct ckpt_tensor *t)
{
	double x[BLOCK];

	keep = cli_reserve(&keep_room, t->len);
	for (size_t i = 0, n; i < t->len; i += n) {
		n = read_block(x, t, i);
		cli_top_take(s, x, n, keep + i);
	}
	put_masked(t);
}

/* The index of the network's last matrix. */
static size_t
find_last(void)
{
	size_t n = cli_spill_count(spill), last = n;
	struct ckpt_tensor t;

	for (size_t i = 0; i < n; i++) {
		cli_spill_peek(spill, i, &t);
		if (cli_is_matrix(&t) &&
		    cli_is_last_matrix(&options->scope, t.name, true))
			last = i;
	}
	return last;
}

static void
put_checkpoint(void)
{
	size_t n = cli_spill_count(spill), last = find_last();
	struct cli_top_k s = { 0 };
	struct ckpt_tensor t;

	if (!options->layerwise)
		find_largest(&s, 0, n, last);
	for (size_t i = 0; i < n; i++) {
		bool pruned = is_pruned(i, last, &t);

		if (pruned && options->layerwise)
			find_largest(&s, i, i + 1, last);
		cli_spill_get(spill, i, &t, &room);
		if (pruned)
			put_largest(&s, &t);
		else
			put_unmasked(&t);
		if (pruned && options->layerwise)
			cli_top_free(&s);
	}
	if (!options->layerwise)
		cli_top_free(&s);
	if (last < n)
		cli_spill_peek(spill, last, &t);
	cli_report_last_matrix(&options->scope, last < n ? t.name : NULL, step);
	cli_spill_clear(spill);
}

/* ------------------------------------------------- the mask of a file */

static struct cli_mask given;

/* A random mask of a density. */
static void
draw_mask(const struct ckpt_tensor *t, double density)
{
	uint64_t stream = cli_noise_stream("mask:", t->name);
	uint32_t w[4];

	for (uint64_t i = 0; i < t->len; i++) {
		if (i % 4 == 0)
			ckpt_philox(w, options->seed, stream, i / 4);
		keep[i] = w[i % 4] / 0x1p32 < density;
	}
}

static void
put_given(struct ckpt_tensor *t)
{
	keep = cli_reserve(&keep_room, t->len);
	if (!cli_mask_find(&given, t, where, keep) ||
	    !cli_matrix_filter_takes(&options->scope, t->name, false)) {
		put_unmasked(t);
		return;
	}
	if (options->random)
		draw_mask(t, (double)count_kept(keep, t->len) / t->len);
	put_masked(t);
}

/* ---------------------------------------------------------------- stream */

static void
end_checkpoint(void)
{
	if (spill)
		put_checkpoint();
	else
		cli_mask_check_found(&given, where);
}

/* A mask has no ties: tied tensors need one mask only, and a tie could name a
 * tensor that has none. */
static const char *
drop_tie(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return NULL;
}

static void
begin_checkpoint(struct ckpt_rd *in)
{
	cli_check(out, ckpt_begin_from(out, in));
	cli_find_last_matrix(&options->scope, in);
	step = ckpt_step(in);
	snprintf(where, sizeof where, "%s: step %" PRIu64, ckpt_path(in), step);
}

static void
prune_tensor(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	cli_load(in, t);
	if (spill)
		cli_spill_put(spill, t);
	else
		put_given(t);
}

static void
open_report(const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		cli_die("%s:", path);
	report = cli_table_into(f, path, "step tensor kept of density", true);
}

void
cli_prune_weights(char *paths[], const struct cli_prune *prune)
{
	const char *mask = prune->random ? prune->random : prune->apply;
	struct ckpt_rd *in;

	options = prune;
	if (mask)
		cli_mask_read(&given, mask);
	else
		spill = cli_spill_open();
	in = cli_open(paths);
	if (options->report)
		open_report(options->report);
	out = cli_create(NULL);
	if (options->mask)
		ckpt_rename_ties(out, drop_tie, NULL);
	cli_filter(in, begin_checkpoint, prune_tensor, end_checkpoint);
	cli_matrix_filter_check();
	cli_finish(out);
	cli_table_close(report);
	cli_close(in);
	if (spill)
		cli_spill_close(spill);
	cli_mask_free(&given);
	free(keep_room.p);
	free(room.p);
}
