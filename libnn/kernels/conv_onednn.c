/*
 * conv_onednn.c - convolutions by oneDNN
 *
 * oneDNN's division of work, and with it the last bits of its sums, depends on
 * the number of threads. It therefore runs on one thread for each of several
 * ranges of the images, whose number depends on shapes only, and the team's
 * threads share these ranges.
 */
#include <stdatomic.h>

#include "core/net.h"
#include "core/scratch.h"
#include "onednn.h"

/* ------------------------------------------------------ ranges of images */

enum { MOST = 16, FEW = 4 };	/* ranges */
enum { LARGE = 1 << 18 };	/* weights of a layer */
enum { TILES = 128 };		/* of a range, for Winograd to be worthwhile */

/* A pass over all images. */
struct job {
	struct nn	*net;
	const struct nn_conv *conv;
	const struct conv_plan *plan, *last;	/* last: of the last range */
	size_t		 ranges, images;	/* images in a range */
	float		*x, *y, *b;
	void		*w;			/* in the plan's layout */
	size_t		 w_step, b_step;	/* bytes per range; 0: shared */
	struct nn_scratch scratch;
	_Atomic bool	 failed;
};

/* Each range costs time and memory in proportion to the weights, too. */
static size_t
limit_ranges(const struct nn *net, const struct nn_conv *c)
{
	size_t most = c->oc * c->ic * c->k * c->k < LARGE ? MOST : FEW;
	size_t tiles = c->n * (c->h / 4) * (c->w / 4);

	if (nn_conv_algorithm(net, c) == WINOGRAD && most > tiles / TILES)
		most = tiles / TILES < FEW ? FEW : tiles / TILES;
	return most < c->n ? most : c->n;
}

/* The size of a copy of the images for the primitive; 0 if it needs none. */
static size_t
copy_size(const struct operand_desc *d)
{
	return dnnl_memory_desc_equal(d->user, d->conv) ? 0 :
	    nn_onednn_size(d->conv);
}

static size_t
scratch_size(const struct conv_plan *p)
{
	return nn_onednn_size(p->scratch) + copy_size(&p->x) +
	    copy_size(&p->y);
}

static int
plan_job(struct job *j, enum conv_pass pass)
{
	const struct nn_conv *c = j->conv;
	size_t most = limit_ranges(j->net, c), size;

	j->images = (c->n + most - 1) / most;
	j->ranges = (c->n + j->images - 1) / j->images;
	j->plan = nn_onednn_plan_conv(j->net, c, j->images, pass, NULL);
	if (j->plan == NULL)
		return -1;
	j->last = nn_onednn_plan_conv(j->net, c, c->n - (j->ranges - 1) *
	    j->images, pass, j->plan->w.conv);
	if (j->last == NULL)
		return -1;
	size = scratch_size(j->plan);
	if (scratch_size(j->last) > size)
		size = scratch_size(j->last);
	return nn_scratch_alloc(j->net, &j->scratch, size);
}

/* Images as the primitive takes them: x itself, or a copy. */
static void *
load_images(struct job *j, const struct operand_desc *d, float *x, void *copy,
    bool output)
{
	if (copy_size(d) == 0)
		return x;
	if (nn_md_type(d->conv) == dnnl_bf16)
		nn_round_bf16(copy, x, dnnl_memory_desc_get_size(d->conv) /
		    sizeof(uint16_t));
	else if (!output && nn_onednn_reorder_on_thread(j->net->onednn->engine,
	    d->user, x, d->conv, copy))
		j->failed = true;
	return copy;
}

static void
store_images(struct job *j, const struct operand_desc *d, void *copy, float *x)
{
	if (copy != x && nn_onednn_reorder_on_thread(j->net->onednn->engine,
	    d->conv, copy, d->user, x))
		j->failed = true;
}

static void
run_range(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_conv *c = j->conv;
	const struct conv_plan *p = (size_t)i + 1 < j->ranges ? j->plan :
	    j->last;
	float *x = j->x + i * j->images * c->ic * c->h * c->w;
	float *y = j->y + i * j->images * c->oc * nn_conv_out(c, c->h) *
	    nn_conv_out(c, c->w);
	char *scratch = nn_scratch_acquire(&j->scratch);
	char *x_copy = scratch + nn_onednn_size(p->scratch);
	char *y_copy = x_copy + copy_size(&p->x);
	const nn_const_md md[] = { p->scratch, p->x.conv, p->y.conv,
		p->w.conv, p->b };
	void *data[] = { scratch,
		load_images(j, &p->x, x, x_copy, p->pass == DGRAD),
		load_images(j, &p->y, y, y_copy, p->pass == FORWARD),
		(char *)j->w + i * j->w_step,
		j->b ? (char *)j->b + i * j->b_step : NULL };

	if (nn_onednn_execute(j->net->onednn->engine, p->run, j->b ? 5 : 4,
	    p->args, md, data) != dnnl_success)
		j->failed = true;
	if (p->pass == DGRAD)
		store_images(j, &p->x, data[1], x);
	if (p->pass == FORWARD)
		store_images(j, &p->y, data[2], y);
	nn_scratch_release(&j->scratch, scratch);
}

static void
run_job(struct job *j)
{
	nn_team_do(nn_team_of(j->net), j->ranges, run_range, j);
	if (j->failed)
		nn_onednn_check(j->net, dnnl_runtime_error);
}

/* ---------------------------------------------------- forward and dgrad */

/* The weights in the layout of the plan; NULL after nn_fail. */
static void *
load_weights(struct job *j, const float *w)
{
	const struct operand_desc *d = &j->plan->w;
	void *to = nn_alloc(j->net, 1, nn_onednn_size(d->conv));

	if (to)
		nn_onednn_reorder(j->net, d->user, w, d->conv, to);
	return to;
}

void
nn_conv_onednn(struct nn *net, const struct nn_conv *c, const float *x,
    const float *w, const float *b, float *y)
{
	struct job j = { .net = net, .conv = c, .x = (float *)x, .y = y,
		.b = (float *)b };
	struct nn_arena_mark before = nn_mark(net);

	if (plan_job(&j, FORWARD) == 0 && (j.w = load_weights(&j, w)))
		run_job(&j);
	nn_release(net, before);
}

void
nn_conv_onednn_dgrad(struct nn *net, const struct nn_conv *c, const float *dy,
    const float *w, float *dx)
{
	struct job j = { .net = net, .conv = c, .x = dx, .y = (float *)dy };
	struct nn_arena_mark before = nn_mark(net);

	if (plan_job(&j, DGRAD) == 0 && (j.w = load_weights(&j, w)))
		run_job(&j);
	nn_release(net, before);
}

/* ---------------------------------------------------------------- wgrad */

/* n rows of floats; this file is never run in double. */
static void
add_rows(struct nn *net, float *sum, const float *rows, size_t n, size_t len)
{
	nn_sum_rows(net, (void *)sum, (const void *)rows, n, len);
}

/* Each range has a gradient of its own; dw and db += their sums. */
static void
sum_ranges(struct job *j, float *dw, float *db)
{
	const struct nn_conv *c = j->conv;
	const struct operand_desc *w = &j->plan->w;
	size_t len = c->oc * c->ic * c->k * c->k, padded;
	float *sum = nn_alloc(j->net, len, sizeof *sum);

	j->w_step = dnnl_memory_desc_get_size(w->conv);
	j->b_step = c->oc * sizeof *j->b;
	j->w = nn_alloc(j->net, j->ranges, j->w_step);
	j->b = db ? nn_alloc(j->net, j->ranges, j->b_step) : NULL;
	if (sum == NULL || j->w == NULL || (db && j->b == NULL))
		return;
	run_job(j);
	padded = j->w_step / sizeof *sum;
	add_rows(j->net, j->w, (float *)j->w + padded, j->ranges - 1, padded);
	nn_onednn_reorder(j->net, w->conv, j->w, w->user, sum);
	add_rows(j->net, dw, sum, 1, len);
	for (size_t i = 0; db && i < j->ranges * c->oc; i++)
		db[i % c->oc] += j->b[i];
}

void
nn_conv_onednn_wgrad(struct nn *net, const struct nn_conv *c, const float *x,
    const float *dy, float *dw, float *db)
{
	struct job j = { .net = net, .conv = c, .x = (float *)x,
		.y = (float *)dy };
	struct nn_arena_mark before = nn_mark(net);

	if (nn_conv_wgrad_taps_fits(c))
		nn_conv_wgrad_taps(net, c, x, dy, dw, db);
	else if (plan_job(&j, WGRAD) == 0)
		sum_ranges(&j, dw, db);
	nn_release(net, before);
}
