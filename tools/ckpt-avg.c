/* ckpt-avg - the mean of checkpoints: one, or one after each step */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mix.h"
#include "names.h"
#include "numbers.h"
#include "shelf.h"
#include "together.h"

static const char *weight_list;
static bool running, across;
static double decay = NAN;

static const struct opt opts[] = {
	{ 'w', "weights", OPT_STR, "list", &weight_list,
	    "of the checkpoints, in their order: 3,1,1", false },
	{ 'r', "running", OPT_FLAG, NULL, &running,
	    "after each checkpoint, the mean so far", false },
	{ 'e', "ema", OPT_NUM, "decay", &decay,
	    "after each: decay * mean + (1 - decay) * it", false },
	{ 'x', "across", OPT_FLAG, NULL, &across,
	    "each file is a run; the mean of runs at each step", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "write the mean of checkpoints",
	.opts = opts,
	.common = CLI_IN | CLI_OUT,
};

static struct numbers weights;		/* none: all are 1 */
static struct ckpt_wr *out;

/* The weight of checkpoint or run i. */
static double
weight_of(size_t i)
{
	if (weights.n > 0 && i >= weights.n)
		die("%zu weights, and more to average", weights.n);
	return weights.n > 0 ? weights.x[i] : 1;
}

/* sum / by, as a tensor like t. */
static void
put(const struct tensor *t, const struct tensor *sum, double by)
{
	static void *room;
	struct tensor mean = *t;

	mean.data = room = xrealloc(room, t->size);
	mix_scale(mean.data, t->type, sum, 1, by);
	cli_check(out, ckpt_put(out, &mean));
}

/* by * t in double, in *room. */
static struct tensor
scaled(const struct tensor *t, double by, void **room)
{
	struct tensor sum = *t;

	sum.type = CKPT_F64;
	sum.dtype = "F64";
	ckpt_measure(&sum);
	sum.data = *room = xrealloc(*room, sum.size);
	mix_scale(sum.data, CKPT_F64, t, by, 1);
	return sum;
}

/* ---------------------------------------------- the checkpoints of a stream */

/* The sums are on a shelf: they are as large as a checkpoint, or twice. */
struct sums {
	struct shelf	*shelf;		/* F64; others as they are */
	struct names	 names;		/* of a tensor: its sum's struct */
	struct sum {
		struct tensor	 t;	/* as it was at first, without data */
		size_t		 at;	/* on the shelf */
		size_t		 seen;	/* checkpoints it was in */
	}		**sum;
	size_t		 n;
	size_t		 count;		/* checkpoints so far */
	double		 weight;	/* theirs; 1 for an ema */
};

static struct sum *
learn(struct sums *s, const struct tensor *t)
{
	static void *room;
	struct tensor first = *t;
	struct sum *x = xmalloc(sizeof *x);

	*x = (struct sum){ .t = *t, .at = s->n };
	x->t.name = xstrdup(t->name);
	x->t.dtype = xstrdup(t->dtype);
	s->sum = xrealloc(s->sum, (s->n + 1) * sizeof *s->sum);
	s->sum[s->n++] = x;
	if (names_add(&s->names, x->t.name, x) < 0)
		die("out of memory");
	if (mix_can(t))
		first = scaled(t, isnan(decay) ? weight_of(0) : 1, &room);
	shelf_put(s->shelf, &first);
	return x;
}

static void
add(struct sums *s, uint64_t step, const struct tensor *t, struct tensor *sum)
{
	static void *room;
	void **at = names_find(&s->names, t->name);
	struct sum *x = at ? *at : NULL;

	if (x == NULL && s->count == 1)
		x = learn(s, t);
	if (x == NULL || x->t.rank != t->rank || x->t.type != t->type ||
	    memcmp(x->t.dim, t->dim, t->rank * sizeof *t->dim) != 0)
		die("step %llu: %s: %s", (unsigned long long)step, t->name,
		    x ? "type and shape are not what they were" :
		    "not in the first checkpoint");
	x->seen = s->count;
	shelf_get(s->shelf, x->at, sum, &room);
	if (s->count == 1)
		return;
	if (!mix_can(t)) {
		if (!running && isnan(decay))
			mix_keep(sum, t);
		return;
	}
	if (isnan(decay))
		mix(sum->data, sum, 1, t, weight_of(s->count - 1));
	else
		mix(sum->data, sum, decay, t, 1 - decay);
	shelf_replace(s->shelf, x->at, sum->data);
}

/* A checkpoint, if there was one, is complete. */
static void
check(const struct sums *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->sum[i]->seen != s->count)
			die("%s: not in checkpoint %zu of the stream",
			    s->sum[i]->t.name, s->count);
}

static void
sums_free(struct sums *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free((char *)s->sum[i]->t.name);
		free((char *)s->sum[i]->t.dtype);
		free(s->sum[i]);
	}
	free(s->sum);
	names_clear(&s->names, NULL);
	shelf_close(s->shelf);
}

static void
put_all(struct sums *s)
{
	static void *room;
	struct tensor sum;

	if (s->count < weights.n)
		die("%zu weights for %zu checkpoints", weights.n, s->count);
	if (s->count > 0 && s->weight == 0)
		die("the weights add to 0");
	for (size_t i = 0; i < s->n; i++) {
		shelf_get(s->shelf, i, &sum, &room);
		if (mix_can(&sum))
			put(&s->sum[i]->t, &sum, s->weight);
		else
			cli_check(out, ckpt_put(out, &sum));
	}
}

static void
stream(char *paths[])
{
	bool each = running || !isnan(decay);
	struct sums s = { .shelf = shelf_open() };
	struct ckpt_rd *in = cli_open(paths);
	struct tensor t, sum;
	uint64_t nth = UINT64_MAX;

	out = cli_create(NULL);
	while (cli_next(in, &t)) {
		if (t.nth != nth) {
			check(&s);
			s.weight = isnan(decay) ?
			    s.weight + weight_of(s.count) : 1;
			if (each && s.weight == 0)
				die("the weights add to 0");
			if (each || s.count == 0)
				cli_check(out, ckpt_follow(out, in));
			nth = t.nth;
			s.count++;
		}
		cli_load(in, &t);
		add(&s, ckpt_step(in), &t, &sum);
		if (each && mix_can(&t))
			put(&t, &sum, s.weight);
		else if (each)
			cli_check(out, ckpt_put(out, &t));
	}
	check(&s);
	if (!each)
		put_all(&s);
	cli_finish(out);
	ckpt_close(in);
	sums_free(&s);
}

/* ----------------------------------------------------- runs, step by step */

static void
runs(char *paths[])
{
	static void *room;
	struct together *g;
	struct tensor *t, sum;
	uint64_t nth = UINT64_MAX;
	double all = 0;
	size_t n = 0;

	for (; paths[n]; n++)
		all += weight_of(n);
	if (n == 0)
		usage("--across wants files");
	if (n < weights.n)
		die("%zu weights for %zu runs", weights.n, n);
	if (all == 0)
		die("the weights add to 0");
	t = xmalloc(n * sizeof *t);
	g = together_open(paths, n, false);
	out = cli_create(NULL);
	while (together_next(g, t)) {
		if (together_nth(g) != nth)
			cli_check(out, ckpt_follow(out,
			    together_reader(g, 0)));
		nth = together_nth(g);
		if (!mix_can(&t[0])) {
			for (size_t i = 1; i < n; i++)
				mix_keep(&t[0], &t[i]);
			cli_check(out, ckpt_put(out, &t[0]));
			continue;
		}
		sum = scaled(&t[0], weight_of(0), &room);
		for (size_t i = 1; i < n; i++)
			mix(sum.data, &sum, 1, &t[i], weight_of(i));
		put(&t[0], &sum, all);
	}
	cli_finish(out);
	together_close(g);
	free(t);
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);

	if (weight_list)
		weights = numbers_of(weight_list, "weights");
	if (running + across + !isnan(decay) > 1)
		usage("--running, --ema and --across do not go together");
	if (weight_list && !isnan(decay))
		usage("--weights and --ema do not go together");
	if (!isnan(decay) && !(decay >= 0 && decay <= 1))
		usage("--ema wants 0 to 1, not %g", decay);
	if (across)
		runs(paths);
	else
		stream(paths);
	return 0;
}
