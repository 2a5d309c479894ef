/* ckpt-interp - interpolate between two checkpoints */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/number_list.h"
#include "filter/linear_combination.h"
#include "filter/spill_file.h"
#include "filter/stream_zip.h"
#include "filter/tensor_distance.h"

static int64_t points = 11;
static const char *alpha_list;
static bool slerp;

static const struct cli_opt opts[] = {
	{ 'n', "points", OPT_SIZE, "n", &points,
	    "n equally spaced points, with both ends (11)", false },
	{ 'a', "alphas", OPT_STR, "list", &alpha_list,
	    "these points instead: 0,0.5,1", false },
	{ 0, "slerp", OPT_FLAG, NULL, &slerp,
	    "interpolate spherically", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "from to [from to ...]",
	.what = "interpolate between two checkpoints",
	.opts = opts,
	.common = CLI_IN | CLI_OUT,
};

static struct cli_numbers alpha;
static struct ckpt_wr *out;
static struct cli_spill *spill;		/* of one pair of checkpoints */
static struct cli_room mixed;			/* one interpolated tensor */

static void
set_alphas(void)
{
	if (alpha_list) {
		alpha = cli_number_list(alpha_list, "alphas");
		return;
	}
	if (points < 2 || points > 1000000)
		cli_usage("--points wants 2 or more");
	alpha.n = points;
	alpha.x = cli_malloc(alpha.n * sizeof *alpha.x);
	for (size_t i = 0; i < alpha.n; i++)
		alpha.x[i] = (double)i / (alpha.n - 1);
}

/* The angle between x and y for --slerp; 0 if there is no arc, since they are
 * parallel, opposite or zero. */
static double
measure_angle(const struct ckpt_tensor *x, const struct ckpt_tensor *y)
{
	double theta;

	if (!slerp)
		return 0;
	theta = acos(fmin(fmax(cli_distance(x, y).cosine, -1), 1));
	return sin(theta) > 1e-6 ? theta : 0;
}

/* dst = the point at a between x and y. */
static void
interpolate(void *dst, const struct ckpt_tensor *x, const struct ckpt_tensor *y,
    double a,
    double theta)
{
	double u = 1 - a, v = a;

	if (theta > 0) {
		u = sin((1 - a) * theta) / sin(theta);
		v = sin(a * theta) / sin(theta);
	}
	cli_combine(dst, x, u, y, v);
}

static void
put_first_point(const struct ckpt_tensor *x, const struct ckpt_tensor *y,
    double theta)
{
	struct ckpt_tensor t = *x;
	double a = alpha.x[0];

	if (cli_can_combine(x) && a == 1 && x->type == y->type) {
		t.data = y->data;
	} else if (cli_can_combine(x) && a != 0) {
		t.data = cli_reserve(&mixed, t.size);
		interpolate(t.data, x, y, a, theta);
	}
	cli_check(out, ckpt_put(out, &t));
}

/* Start the checkpoint of the point at a. */
static void
begin_point(const struct cli_zip *g, double a, size_t pair, bool several)
{
	char number[32];

	cli_zip_begin(g, out);

	snprintf(number, sizeof number, "%.15g", a);
	cli_check(out, ckpt_set(out, "path.alpha", number));
	snprintf(number, sizeof number, "%zu", pair);
	if (several)
		cli_check(out, ckpt_set(out, "path.pair", number));
}

/* The angle of each interpolated tensor, in the order of the spill file. */
static double *thetas;
static size_t theta_n, theta_room;

static void
spill_pair(const struct ckpt_tensor *x, const struct ckpt_tensor *y,
    double theta)
{
	cli_spill_put(spill, x);
	if (!cli_can_combine(x))
		return;
	cli_spill_put(spill, y);
	if (theta_n == theta_room) {
		theta_room = theta_room ? 2 * theta_room : 64;
		thetas = cli_realloc(thetas, theta_room * sizeof *thetas);
	}
	thetas[theta_n++] = theta;
}

/* Interpolate tensor i of the spill file and its counterpart, which is next. */
static void
put_interpolated(size_t i, double a, double theta)
{
	enum { PART = 4096, LARGEST = 8 };
	char xs[PART * LARGEST], ys[PART * LARGEST];
	struct ckpt_tensor x, y, t;

	cli_spill_peek(spill, i, &t);
	x = y = t;
	cli_spill_peek(spill, i + 1, &y);
	if (a == 0 || (a == 1 && x.type == y.type)) {
		cli_spill_get(spill, i + (a == 1), &t, &mixed);
		cli_check(out, ckpt_put(out, &t));
		return;
	}
	t.data = cli_reserve(&mixed, t.size);
	x.data = xs;
	y.data = ys;
	for (size_t k = 0; k < t.len; k += PART) {
		size_t n = t.len - k < PART ? t.len - k : PART;
		struct ckpt_tensor u = cli_tensor_range(&x, 0, n),
		    v = cli_tensor_range(&y, 0, n);

		cli_spill_read(spill, i, k * ckpt_type_size(x.type), xs,
		    u.size);
		cli_spill_read(spill, i + 1, k * ckpt_type_size(y.type), ys,
		    v.size);
		interpolate((char *)t.data + k * ckpt_type_size(t.type), &u, &v,
		    a,
		    theta);
	}
	cli_check(out, ckpt_put(out, &t));
}

/* Write all points but the first of the pair in the spill file. */
static void
put_other_points(const struct cli_zip *g, size_t pair, bool several)
{
	struct ckpt_tensor t;

	for (size_t k = 1; k < alpha.n; k++) {
		size_t nth = 0;

		begin_point(g, alpha.x[k], pair, several);
		for (size_t i = 0; i < cli_spill_count(spill); i++) {
			cli_spill_peek(spill, i, &t);
			if (cli_can_combine(&t)) {
				put_interpolated(i++, alpha.x[k],
				    thetas[nth++]);
				continue;
			}
			cli_spill_get(spill, i, &t, &mixed);
			cli_check(out, ckpt_put(out, &t));
		}
	}
	cli_spill_clear(spill);
	theta_n = 0;
}

static void
interpolate_pair(char *paths[], size_t pair, bool several)
{
	struct cli_zip *g = cli_zip_open(paths, 2, false);
	struct ckpt_tensor t[2];

	if (out == NULL)
		out = cli_create(NULL);
	while (cli_zip_next_checkpoint(g)) {
		begin_point(g, alpha.x[0], pair, several);
		while (cli_zip_next_tensor(g, t)) {
			double theta = 0;

			if (cli_can_combine(&t[0]))
				theta = measure_angle(&t[0], &t[1]);
			else
				cli_warn_unequal(&t[0], &t[1]);
			put_first_point(&t[0], &t[1], theta);
			if (alpha.n > 1)
				spill_pair(&t[0], &t[1], theta);
		}
		put_other_points(g, pair, several);
	}
	cli_zip_close(g);
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
		cli_usage("files come in pairs; see --help");
	spill = cli_spill_open();
	for (size_t i = 0; i < n; i += 2)
		interpolate_pair(paths + i, i / 2 + 1, n > 2);
	cli_finish(out);
	cli_spill_close(spill);
	free(alpha.x);
	free(mixed.p);
	free(thetas);
	return 0;
}
