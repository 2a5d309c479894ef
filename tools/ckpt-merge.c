/* ckpt-merge - merge models that were fine-tuned from one base */
#include <math.h>
#include <stdlib.h>

#include "cli/number_list.h"
#include "filter/linear_combination.h"
#include "filter/spill_file.h"
#include "filter/stream_zip.h"
#include "filter/task_vectors.h"

static struct merge how = { .lambda = 1, .keep = NAN };
static const char *weight_list;
static int64_t seed;
static bool layerwise;

static const struct cli_opt opts[] = {
	{ 'l', "lambda", OPT_NUM, "x", &how.lambda,
	    "scale of the sum of all task vectors (1)", false },
	{ 'w', "weights", OPT_STR, "list", &weight_list,
	    "weight of each model: 1,0.5,-1", false },
	{ 0, "ties", OPT_FLAG, NULL, &how.ties,
	    "TIES: trim, elect signs, average what agrees", false },
	{ 'k', "keep", OPT_FRACTION, "f", &how.keep,
	    "keep this fraction of changes, the largest", false },
	{ 'L', "layerwise", OPT_FLAG, NULL, &layerwise,
	    "--keep for each tensor, not for the model", false },
	{ 0, "dare", OPT_BELOW_ONE, "p", &how.drop,
	    "DARE: drop changes with this probability", false },
	{ 0, "seed", OPT_COUNT, "n", &seed, "seed of --dare (0)", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "base tuned ...",
	.what = "merge models that were fine-tuned from one base",
	.opts = opts,
	.common = CLI_IN | CLI_OUT,
};

static struct cli_merger *merger;
static struct ckpt_wr *out;

/* t[0] is the tensor of the base, t[1] to t[how.n] are those of the models. */
static void
put_merged(const struct ckpt_tensor t[])
{
	static struct cli_room room;
	struct ckpt_tensor merged = t[0];

	if (cli_can_combine(&t[0])) {
		merged.data = cli_reserve(&room, merged.size);
		cli_merger_put(merger, merged.data, t);
	}
	cli_check(out, ckpt_put(out, &merged));
}

/* Trim and merge one tensor by itself. */
static void
merge_layerwise(const struct ckpt_tensor t[])
{
	if (cli_can_combine(&t[0])) {
		cli_merger_start(merger, t[0].len);
		while (cli_merger_more(merger))
			cli_merger_look(merger, t);
	}
	put_merged(t);
}

/* ------------------------------- with the largest changes of a checkpoint */

static struct cli_spill *spill;		/* base's, tuned's; base's, tuned's */

static void
spill_tensors(const struct ckpt_tensor t[])
{
	cli_spill_put(spill, &t[0]);
	for (size_t k = 1; k <= how.n && cli_can_combine(&t[0]); k++)
		cli_spill_put(spill, &t[k]);
}

/* Load the tensors at i of the spill file into t and room, which have how.n + 1
 * elements; returns the index of the next ones. */
static size_t
load_tensors(size_t i, struct ckpt_tensor t[], struct cli_room room[])
{
	cli_spill_get(spill, i++, &t[0], &room[0]);
	for (size_t k = 1; k <= how.n && cli_can_combine(&t[0]); k++)
		cli_spill_get(spill, i++, &t[k], &room[k]);
	return i;
}

/* Merge the checkpoint in the spill file, trimmed as a whole. */
static void
merge_spilled(void)
{
	static struct ckpt_tensor *t;
	static struct cli_room *room;
	size_t n = cli_spill_count(spill), i;
	uint64_t pool = 0;

	if (t == NULL) {
		t = cli_malloc((how.n + 1) * sizeof *t);
		room = cli_malloc((how.n + 1) * sizeof *room);
		for (size_t k = 0; k <= how.n; k++)
			room[k] = (struct cli_room){ 0 };
	}
	for (i = 0; i < n; i += cli_can_combine(t) ? how.n + 1 : 1) {
		cli_spill_peek(spill, i, t);
		pool += cli_can_combine(t) ? t->len : 0;
	}
	cli_merger_start(merger, pool);
	while (cli_merger_more(merger))
		for (i = 0; i < n;) {
			i = load_tensors(i, t, room);
			if (cli_can_combine(t))
				cli_merger_look(merger, t);
		}
	for (i = 0; i < n; put_merged(t))
		i = load_tensors(i, t, room);
	cli_spill_clear(spill);
}

/* ------------------------------------------------------------------ runs */

static void
merge_streams(char *paths[])
{
	struct cli_zip *g = cli_zip_open(paths, how.n + 1, false);
	struct ckpt_tensor *t = cli_malloc((how.n + 1) * sizeof *t);

	out = cli_create(NULL);
	while (cli_zip_next_checkpoint(g)) {
		cli_check(out, ckpt_begin_from(out, cli_zip_reader(g, 0)));
		while (cli_zip_next_tensor(g, t)) {
			for (size_t k = 1; k <= how.n &&
			    !cli_can_combine(&t[0]); k++)
				cli_warn_unequal(&t[0], &t[k]);
			if (spill)
				spill_tensors(t);
			else
				merge_layerwise(t);
		}
		if (spill)
			merge_spilled();
	}
	cli_finish(out);
	cli_zip_close(g);
	free(t);
}

static struct cli_numbers weights;	/* of the models */

/* 1 for each model if none are given. */
static void
read_weights(void)
{
	if (weight_list) {
		weights = cli_number_list(weight_list, "weights");
		if (weights.n != how.n)
			cli_usage("%zu weights for %zu models", weights.n,
			    how.n);
	} else {
		weights.x = cli_malloc(how.n * sizeof *weights.x);
	}
	for (size_t k = 0; k < how.n; k++) {
		weights.x[k] = weight_list ? weights.x[k] : 1;
		if (how.ties && weights.x[k] <= 0)
			cli_usage("--ties wants weights above 0, not %g",
			    weights.x[k]);
	}
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);

	while (paths[how.n])
		how.n++;
	if (how.n < 2)
		cli_usage("wants a base and at least one model; see --help");
	how.n--;
	read_weights();
	how.weight = weights.x;
	if (isnan(how.keep))
		how.keep = how.ties ? 0.2 : 1;
	how.seed = seed;
	if (how.keep < 1 && !layerwise)
		spill = cli_spill_open();
	merger = cli_merger_open(&how);
	merge_streams(paths);
	cli_merger_close(merger);
	if (spill)
		cli_spill_close(spill);
	free(weights.x);
	return 0;
}
