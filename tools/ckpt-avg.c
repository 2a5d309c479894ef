/* ckpt-avg - average checkpoints: all of a stream, running, or across runs */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_map.h"
#include "base/shape.h"
#include "cli/number_list.h"
#include "filter/linear_combination.h"
#include "filter/spill_file.h"
#include "filter/stream_zip.h"

enum { PART = 4096 };		/* elements at a time */

static const char *weight_list;
static bool running, across;
static double decay = NAN;

static const struct cli_opt opts[] = {
	{ 'w', "weights", OPT_STR, "list", &weight_list,
	    "weight of each checkpoint: 3,1,1", false },
	{ 'r', "running", OPT_FLAG, NULL, &running,
	    "write the running mean after each", false },
	{ 'e', "ema", OPT_FRACTION, "decay", &decay,
	    "write decay * mean + (1 - decay) * it after each", false },
	{ 'x', "across", OPT_FLAG, NULL, &across,
	    "average several runs at each step", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "average checkpoints",
	.opts = opts,
	.common = CLI_IN | CLI_OUT,
};

static struct cli_numbers weights;		/* empty: all are 1 */
static struct ckpt_wr *out;

/* The weight of checkpoint or run i. */
static double
weight_of(size_t i)
{
	if (weights.n > 0 && i >= weights.n)
		cli_die("%zu weights, and more to average", weights.n);
	return weights.n > 0 ? weights.x[i] : 1;
}

/* ---------------------------------------------- the checkpoints of a stream */

/* The sums are on a spill: they are as large as a checkpoint, or twice. */
struct sums {
	struct cli_spill	*spill;		/* F64; tensors that are not averaged as they are */
	struct ckpt_name_map	 names;		/* struct sum by name */
	struct sum {
		struct ckpt_tensor	 t;	/* its first occurrence, without data */
		char		*tie;	/* of which it was a further name so far,
					 * or NULL */
		size_t		 at;	/* in the spill file */
		size_t		 seen;	/* checkpoints that have it */
	}		**sum;
	size_t		 n;
	size_t		 count;		/* checkpoints so far */
	char		*first;		/* the file of the first */
	double		 weight;	/* sum of their weights; 1 for --ema */
	uint64_t	 step;		/* of the last one */
};

static struct sum *
new_sum(struct sums *s, const struct ckpt_tensor *t)
{
	struct sum *x = cli_malloc(sizeof *x);
	struct ckpt_tensor place = *t;

	*x = (struct sum){ .t = *t, .at = s->n };
	x->t.name = cli_strdup(t->name);
	x->t.dtype = cli_strdup(t->dtype);
	x->tie = t->tie ? cli_strdup(t->tie) : NULL;
	s->sum = cli_realloc(s->sum, (s->n + 1) * sizeof *s->sum);
	s->sum[s->n++] = x;
	if (ckpt_name_map_add(&s->names, x->t.name, x) < 0)
		cli_die("out of memory");
	if (cli_can_combine(t)) {
		place.type = CKPT_F64;
		ckpt_measure(&place);
		cli_spill_reserve(s->spill, &place);
	} else {
		cli_spill_put(s->spill, t);
	}
	return x;
}

/* The sum of the tensor of this name. */
static struct sum *
find_sum(struct sums *s, const struct ckpt_rd *in, const struct ckpt_tensor *t)
{
	char now[SHAPE_TEXT], then[SHAPE_TEXT];
	void **at = ckpt_name_map_find(&s->names, t->name);
	struct sum *x = at ? *at : s->count == 1 ? new_sum(s, t) : NULL;

	if (x == NULL)
		cli_die("%s: step %" PRIu64 ": %s: not in the first checkpoint",
		    ckpt_path(in), ckpt_step(in), t->name);
	if (x->t.type != t->type || !ckpt_equal_shapes(&x->t, t))
		cli_die("%s: step %" PRIu64 ": %s: %s %s, but %s %s in the "
		    "first checkpoint, of %s", ckpt_path(in), ckpt_step(in),
		    t->name, t->dtype, ckpt_shape_text(now, t), x->t.dtype,
		    ckpt_shape_text(then, &x->t), s->first);
	x->seen = s->count;
	if (x->tie && (t->tie == NULL || strcmp(x->tie, t->tie) != 0)) {
		free(x->tie);
		x->tie = NULL;
	}
	return x;
}

/* Add t, and store the mean so far in mean unless that is NULL. */
static void
add_tensor(struct sums *s, const struct sum *x, const struct ckpt_tensor *t,
    char *mean)
{
	bool first = s->count == 1, ema = !isnan(decay);
	double w = ema ? 1 : weight_of(s->count - 1), sum[PART];
	struct ckpt_tensor acc = { .type = CKPT_F64, .data = sum }, y;

	for (size_t i = 0; i < t->len; i += PART) {
		acc.len = t->len - i < PART ? t->len - i : PART;
		y = cli_tensor_range(t, i, acc.len);
		if (first) {
			cli_combine_scaled(sum, CKPT_F64, &y, w, 1);
		} else {
			cli_spill_read(s->spill, x->at, i * sizeof *sum, sum,
			    acc.len * sizeof *sum);
			cli_combine(sum, &acc, ema ? decay : 1, &y,
			    ema ? 1 - decay : w);
		}
		cli_spill_write(s->spill, x->at, i * sizeof *sum, sum,
		    acc.len * sizeof *sum);
		if (mean)
			cli_combine_scaled(mean + i * ckpt_type_size(t->type),
			    t->type,
			    &acc, 1, s->weight);
	}
}

/* Add t and write the mean so far. */
static void
put_running_mean(struct sums *s, const struct sum *x,
    const struct ckpt_tensor *t)
{
	static struct cli_room room;
	struct ckpt_tensor mean = *t;

	if (cli_can_combine(t)) {
		mean.data = cli_reserve(&room, t->size);
		add_tensor(s, x, t, mean.data);
	}
	cli_check(out, ckpt_put(out, &mean));
}

/* Tensors that are not averaged must be equal. */
static void
compare_with_first(struct sums *s, const struct sum *x,
    const struct ckpt_tensor *t)
{
	static struct cli_room room;
	struct ckpt_tensor first;

	if (s->count == 1)
		return;
	cli_spill_get(s->spill, x->at, &first, &room);
	cli_warn_unequal(&first, t);
}

/* At the end of a checkpoint: it has all tensors. */
static void
check_complete(const struct sums *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->sum[i]->seen != s->count)
			cli_die("%s: not in checkpoint %zu of the stream",
			    s->sum[i]->t.name, s->count);
}

static void
free_sums(struct sums *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free((char *)s->sum[i]->t.name);
		free((char *)s->sum[i]->t.dtype);
		free(s->sum[i]->tie);
		free(s->sum[i]);
	}
	free(s->sum);
	ckpt_name_map_clear(&s->names, NULL);
	cli_spill_close(s->spill);
	free(s->first);
}

static void
put_tie(const struct sum *x)
{
	char names[2 * CKPT_NAME + 2];

	snprintf(names, sizeof names, "%s\t%s", x->t.name, x->tie);
	cli_check(out, ckpt_set(out, "tie", names));
}

static void
put_means(struct sums *s)
{
	static struct cli_room room;
	double sum[PART];
	struct ckpt_tensor acc = { .type = CKPT_F64, .data = sum };

	if (s->count < weights.n)
		cli_die("%zu weights for %zu checkpoints", weights.n, s->count);
	if (s->weight == 0)
		cli_die("the weights add to 0");
	cli_check(out, ckpt_set_step(out, s->step));
	for (size_t k = 0; k < s->n; k++)
		if (s->sum[k]->tie)
			put_tie(s->sum[k]);
	for (size_t k = 0; k < s->n; k++) {
		struct ckpt_tensor t = s->sum[k]->t;
		size_t size = ckpt_type_size(t.type);

		if (s->sum[k]->tie)
			continue;
		if (!cli_can_combine(&t)) {
			cli_spill_get(s->spill, k, &t, &room);
			cli_check(out, ckpt_put(out, &t));
			continue;
		}
		t.data = cli_reserve(&room, t.size);
		for (size_t i = 0; i < t.len; i += PART) {
			acc.len = t.len - i < PART ? t.len - i : PART;
			cli_spill_read(s->spill, k, i * sizeof *sum, sum,
			    acc.len * sizeof *sum);
			cli_combine_scaled((char *)t.data + i * size, t.type,
			    &acc, 1,
			    s->weight);
		}
		cli_check(out, ckpt_put(out, &t));
	}
}

static void
add_checkpoint(struct sums *s, struct ckpt_rd *in, bool each)
{
	struct ckpt_tensor t;

	s->step = ckpt_step(in);
	s->weight = isnan(decay) ? s->weight + weight_of(s->count) : 1;
	if (each && s->weight == 0)
		cli_die("the weights add to 0");
	if (each || s->count == 0)
		cli_check(out, ckpt_begin_from(out, in));
	if (s->count++ == 0)
		s->first = cli_strdup(ckpt_path(in));
	while (cli_next_tensor(in, &t)) {
		struct sum *x;

		cli_load(in, &t);
		x = find_sum(s, in, &t);
		if (each)
			put_running_mean(s, x, &t);
		else if (cli_can_combine(&t))
			add_tensor(s, x, &t, NULL);
		else
			compare_with_first(s, x, &t);
	}
	check_complete(s);
}

static void
average_stream(char *paths[])
{
	bool each = running || !isnan(decay);
	struct sums s = { .spill = cli_spill_open() };
	struct ckpt_rd *in = cli_open(paths);

	out = cli_create(NULL);
	/* ties may differ between checkpoints */
	ckpt_expand_ties(in, !each);
	while (cli_next_checkpoint(in))
		add_checkpoint(&s, in, each);
	if (s.count == 0)
		cli_die_empty("no checkpoint in the input");
	if (!each)
		put_means(&s);
	cli_finish(out);
	cli_close(in);
	free_sums(&s);
}

/* ----------------------------------------------------- runs, step by step */

/* The mean of n tensors, into mean, which is of the type of the first. */
static void
average_tensors(char *mean, const struct ckpt_tensor t[], size_t n, double all)
{
	double sum[PART];
	struct ckpt_tensor acc = { .type = CKPT_F64, .data = sum }, x;

	for (size_t i = 0; i < t->len; i += PART) {
		acc.len = t->len - i < PART ? t->len - i : PART;
		x = cli_tensor_range(t, i, acc.len);
		cli_combine_scaled(sum, CKPT_F64, &x, weight_of(0), 1);
		for (size_t k = 1; k < n; k++) {
			x = cli_tensor_range(&t[k], i, acc.len);
			cli_combine(sum, &acc, 1, &x, weight_of(k));
		}
		cli_combine_scaled(mean + i * ckpt_type_size(t->type), t->type,
		    &acc, 1,
		    all);
	}
}

static void
put_mean(struct ckpt_tensor t[], size_t n, double all)
{
	static struct cli_room room;

	if (cli_can_combine(&t[0])) {
		void *mean = cli_reserve(&room, t[0].size);

		average_tensors(mean, t, n, all);
		t[0].data = mean;
	}
	for (size_t i = 1; i < n && !cli_can_combine(&t[0]); i++)
		cli_warn_unequal(&t[0], &t[i]);
	cli_check(out, ckpt_put(out, &t[0]));
}

static void
average_runs(char *paths[])
{
	struct cli_zip *g;
	struct ckpt_tensor *t;
	double all = 0;
	size_t n = 0;

	for (; paths[n]; n++)
		all += weight_of(n);
	if (n == 0)
		cli_usage("--across wants files");
	if (n < weights.n)
		cli_die("%zu weights for %zu runs", weights.n, n);
	if (all == 0)
		cli_die("the weights add to 0");
	t = cli_malloc(n * sizeof *t);
	g = cli_zip_open(paths, n, false);
	out = cli_create(NULL);
	while (cli_zip_next_checkpoint(g)) {
		cli_zip_begin(g, out);
		cli_check(out, ckpt_set_step(out,
		    ckpt_step(cli_zip_reader(g, n - 1))));
		while (cli_zip_next_tensor(g, t))
			put_mean(t, n, all);
	}
	cli_finish(out);
	cli_zip_close(g);
	free(t);
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);

	if (weight_list)
		weights = cli_number_list(weight_list, "weights");
	if (running + across + !isnan(decay) > 1)
		cli_usage("--running, --ema and --across do not go together");
	if (weight_list && !isnan(decay))
		cli_usage("--weights and --ema do not go together");
	if (across)
		average_runs(paths);
	else
		average_stream(paths);
	return 0;
}
