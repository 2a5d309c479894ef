/* ckpt-interp - checkpoints on the way from one to another */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mix.h"
#include "numbers.h"
#include "shelf.h"
#include "together.h"

static int64_t points = 11;
static const char *alpha_list;
static bool slerp;

static const struct opt opts[] = {
	{ 'n', "points", OPT_INT, "n", &points,
	    "so many, evenly, both ends included (11)", false },
	{ 'a', "alphas", OPT_STR, "list", &alpha_list,
	    "at these places: 0,0.5,1", false },
	{ 0, "slerp", OPT_FLAG, NULL, &slerp,
	    "each tensor along an arc, not a line", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "from to [from to ...]",
	.what = "write checkpoints on the way from one to another",
	.opts = opts,
	.common = CLI_IN | CLI_OUT,
};

static struct numbers alpha;
static struct ckpt_wr *out;
static struct shelf *shelf;		/* of one pair of checkpoints */
static void *mixed;			/* room for one tensor */

static void
set_alphas(void)
{
	if (alpha_list) {
		alpha = numbers_of(alpha_list, "alphas");
		return;
	}
	if (points < 2 || points > 1000000)
		usage("--points wants 2 or more");
	alpha.n = points;
	alpha.x = xmalloc(alpha.n * sizeof *alpha.x);
	for (size_t i = 0; i < alpha.n; i++)
		alpha.x[i] = (double)i / (alpha.n - 1);
}

/* The weights of x and y at alpha a. */
static void
weights(const struct tensor *x, const struct tensor *y, double a, double w[2])
{
	double norms, theta;

	w[0] = 1 - a;
	w[1] = a;
	if (!slerp)
		return;
	norms = sqrt(mix_dot(x, x) * mix_dot(y, y));
	theta = acos(fmin(fmax(mix_dot(x, y) / norms, -1), 1));
	/* parallel, opposite or zero: there is no arc, or no single one */
	if (!(sin(theta) > 1e-6))
		return;
	w[0] = sin((1 - a) * theta) / sin(theta);
	w[1] = sin(a * theta) / sin(theta);
}

static void
put(const struct tensor *x, const struct tensor *y, double a)
{
	struct tensor t = *x;
	double w[2];

	if (mix_can(x) && a == 1 && x->type == y->type) {
		t.data = y->data;
	} else if (mix_can(x) && a != 0) {
		weights(x, y, a, w);
		mixed = xrealloc(mixed, t.size);
		t.data = mixed;
		mix(t.data, x, w[0], y, w[1]);
	}
	cli_check(out, ckpt_put(out, &t));
}

/* After ckpt_follow or ckpt_again. */
static void
mark(double a, size_t pair, bool several)
{
	char number[32];

	snprintf(number, sizeof number, "%.15g", a);
	cli_check(out, ckpt_set(out, "path.alpha", number));
	snprintf(number, sizeof number, "%zu", pair);
	if (several)
		cli_check(out, ckpt_set(out, "path.pair", number));
}

/* All points but the first between the checkpoints on the shelf. */
static void
others(size_t pair, bool several)
{
	static void *room[2];
	struct tensor x, y;

	for (size_t k = 1; k < alpha.n; k++) {
		cli_check(out, ckpt_again(out));
		mark(alpha.x[k], pair, several);
		for (size_t i = 0; i < shelf_count(shelf);) {
			shelf_get(shelf, i++, &x, &room[0]);
			if (mix_can(&x))
				shelf_get(shelf, i++, &y, &room[1]);
			put(&x, &y, alpha.x[k]);
		}
	}
	shelf_clear(shelf);
}

static void
join(char *paths[], size_t pair, bool several)
{
	struct together *g = together_open(paths, 2, false);
	struct tensor t[2];
	uint64_t nth = UINT64_MAX;

	if (out == NULL)
		out = cli_create(NULL);
	while (together_next(g, t)) {
		if (together_nth(g) != nth) {
			if (nth != UINT64_MAX)
				others(pair, several);
			nth = together_nth(g);
			cli_check(out, ckpt_follow(out,
			    together_reader(g, 0)));
			mark(alpha.x[0], pair, several);
		}
		if (!mix_can(&t[0]))
			mix_keep(&t[0], &t[1]);
		put(&t[0], &t[1], alpha.x[0]);
		if (alpha.n == 1)
			continue;
		shelf_put(shelf, &t[0]);
		if (mix_can(&t[0]))
			shelf_put(shelf, &t[1]);
	}
	if (nth != UINT64_MAX)
		others(pair, several);
	together_close(g);
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	size_t n = 0;

	set_alphas();
	while (paths[n])
		n++;
	if (n == 0 || n % 2)
		usage("files come in pairs; see --help");
	shelf = shelf_open();
	for (size_t i = 0; i < n; i += 2)
		join(paths + i, i / 2 + 1, n > 2);
	cli_finish(out);
	shelf_close(shelf);
	free(alpha.x);
	free(mixed);
	return 0;
}
