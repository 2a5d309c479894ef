/*
 * conv_onednn.c - convolutions by oneDNN
 *
 * oneDNN divides work among threads in ways that depend on their number, and
 * so would the last bits of its sums. Therefore it has one thread, and our
 * team takes parts of the images, whose number depends on shapes only. Weights
 * are brought to the library's layout and back.
 */
#include <omp.h>
#include <stdatomic.h>
#include <string.h>

#include "core/net.h"
#include "onednn.h"

/* --------------------------------------------------------------- running */

enum { MANY = 16, FEW = 4 };	/* parts */
enum { LARGE = 1 << 18 };	/* a layer's weights */
enum { SQUARES = 128 };		/* of a part, for Winograd to be worth it */

/* A pass over all images, in parts. */
struct job {
	struct nn	*net;
	const struct nn_conv *conv;
	const struct onednn_plan *whole, *rest;	/* most parts; the last one */
	size_t		 parts, each;		/* images of a part */
	float		*x, *y, *b;
	void		*w;			/* in the plan's layout */
	size_t		 w_step, b_step;	/* bytes from part to part, or 0 */
	struct { char *p; _Atomic bool taken; } *room;	/* for each thread */
	size_t		 rooms;
	_Atomic bool	 failed;
};

/* Every part costs time and room in proportion to the weights. */
static size_t
most_parts(const struct nn *net, const struct nn_conv *c)
{
	size_t most = c->oc * c->ic * c->k * c->k < LARGE ? MANY : FEW;
	size_t squares = c->n * (c->h / 4) * (c->w / 4);

	if (nn_onednn_algorithm(net, c) == WINOGRAD && most > squares / SQUARES)
		most = squares / SQUARES < FEW ? FEW : squares / SQUARES;
	return most < c->n ? most : c->n;
}

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t
aligned(size_t size)
{
	return (size + 63) / 64 * 64;
}

/* Bytes for images in another type or layout than the caller's. */
static size_t
copy_size(const struct onednn_images *m)
{
	return dnnl_memory_desc_equal(&m->here, &m->there) ? 0 :
	    aligned(dnnl_memory_desc_get_size(&m->there));
}

static size_t
scratch(const struct onednn_plan *p)
{
	return aligned(dnnl_memory_desc_get_size(&p->scratch)) +
	    copy_size(&p->x) + copy_size(&p->y);
}

static int
make_rooms(struct job *j, size_t size)
{
	j->rooms = nn_team_size(nn_team_of(j->net));
	j->room = nn_alloc(j->net, j->rooms, sizeof *j->room);
	for (size_t i = 0; j->room && i < j->rooms; i++) {
		j->room[i].p = nn_alloc(j->net, 1, size);
		if (j->room[i].p == NULL)
			return -1;
		j->room[i].taken = false;
	}
	return j->room ? 0 : -1;
}

/* There are as many as threads, so one is free. */
static size_t
take_room(struct job *j)
{
	size_t i = 0;

	while (atomic_exchange(&j->room[i].taken, true))
		i = (i + 1) % j->rooms;
	return i;
}

static int
plan_job(struct job *j, enum onednn_pass pass)
{
	const struct nn_conv *c = j->conv;
	size_t most = most_parts(j->net, c);

	j->each = (c->n + most - 1) / most;
	j->parts = (c->n + j->each - 1) / j->each;
	j->whole = nn_onednn_plan(j->net, c, j->each, pass, NULL);
	if (j->whole == NULL)
		return -1;
	j->rest = nn_onednn_plan(j->net, c, c->n - (j->parts - 1) * j->each, pass,
	    &j->whole->w);
	if (j->rest == NULL)
		return -1;
	return make_rooms(j, larger(scratch(j->whole), scratch(j->rest)));
}

dnnl_status_t
nn_onednn_execute(dnnl_engine_t engine, dnnl_primitive_t run, int n,
    const dnnl_memory_desc_t **md, void *const *data, const int *id)
{
	dnnl_exec_arg_t arg[5] = { 0 };
	dnnl_stream_t stream;
	dnnl_status_t s = dnnl_stream_create(&stream, engine,
	    dnnl_stream_default_flags);
	int made = 0;

	omp_set_num_threads(1);
	for (; s == dnnl_success && made < n; made++) {
		arg[made].arg = id[made];
		s = dnnl_memory_create(&arg[made].memory, md[made], engine,
		    data[made]);
	}
	if (s == dnnl_success)
		s = dnnl_primitive_execute(run, stream, n, arg);
	if (s == dnnl_success)
		s = dnnl_stream_wait(stream);
	for (int i = 0; i < made; i++)
		dnnl_memory_destroy(arg[i].memory);
	dnnl_stream_destroy(stream);
	return s;
}

void *
nn_onednn_round(uint16_t *restrict to, const float *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t bits;

		memcpy(&bits, &from[i], sizeof bits);
		to[i] = from[i] == from[i] ?
		    (bits + 0x7fff + (bits >> 16 & 1)) >> 16 : 0x7fc0;
	}
	return to;
}

/* To another layout or type, on this thread. */
static dnnl_status_t
reorder(const struct nn *net, const dnnl_memory_desc_t *from, const void *a,
    const dnnl_memory_desc_t *to, void *b)
{
	dnnl_engine_t engine = nn_onednn_engine(net);
	const dnnl_memory_desc_t *md[] = { from, to };
	void *data[] = { (void *)a, b };
	dnnl_primitive_desc_t pd;
	dnnl_primitive_t run;
	dnnl_status_t s;

	omp_set_num_threads(1);
	s = dnnl_reorder_primitive_desc_create(&pd, from, engine, to, engine,
	    NULL);
	if (s != dnnl_success)
		return s;
	s = dnnl_primitive_create(&run, pd);
	dnnl_primitive_desc_destroy(pd);
	if (s != dnnl_success)
		return s;
	s = nn_onednn_execute(engine, run, 2, md, data,
	    (int[]){ DNNL_ARG_FROM, DNNL_ARG_TO });
	dnnl_primitive_destroy(run);
	return s;
}

/* Images as the primitive takes them: the caller's, or a copy in that room. */
static void *
load_images(struct job *j, const struct onednn_images *m, float *x, void *room,
    bool output)
{
	if (copy_size(m) == 0)
		return x;
	if (m->there.data_type == dnnl_bf16)
		nn_onednn_round(room, x, dnnl_memory_desc_get_size(&m->there) /
		    sizeof(uint16_t));
	else if (!output && reorder(j->net, &m->here, x, &m->there, room))
		j->failed = true;
	return room;
}

static void
store_images(struct job *j, const struct onednn_images *m, void *room, float *x)
{
	if (room != x && reorder(j->net, &m->there, room, &m->here, x))
		j->failed = true;
}

static void
one_part(void *arg, int i)
{
	struct job *j = arg;
	const struct nn_conv *c = j->conv;
	const struct onednn_plan *p = (size_t)i + 1 < j->parts ? j->whole : j->rest;
	float *x = j->x + i * j->each * c->ic * c->h * c->w;
	float *y = j->y + i * j->each * c->oc * nn_conv_out(c, c->h) *
	    nn_conv_out(c, c->w);
	const dnnl_memory_desc_t *md[] = { &p->scratch, &p->x.there,
		&p->y.there, &p->w, &p->b };
	size_t taken = take_room(j);
	char *room = j->room[taken].p;
	char *x_room = room + aligned(dnnl_memory_desc_get_size(&p->scratch));
	char *y_room = x_room + copy_size(&p->x);
	void *data[] = { room,
		load_images(j, &p->x, x, x_room, p->pass == TO_INPUT),
		load_images(j, &p->y, y, y_room, p->pass == FORWARD),
		(char *)j->w + i * j->w_step,
		j->b ? (char *)j->b + i * j->b_step : NULL };

	if (nn_onednn_execute(nn_onednn_engine(j->net), p->run, j->b ? 5 : 4, md,
	    data, p->args) != dnnl_success)
		j->failed = true;
	if (p->pass == TO_INPUT)
		store_images(j, &p->x, data[1], x);
	if (p->pass == FORWARD)
		store_images(j, &p->y, data[2], y);
	j->room[taken].taken = false;
}

static void
run(struct job *j)
{
	nn_team_do(nn_team_of(j->net), j->parts, one_part, j);
	if (j->failed)
		nn_fail(j->net, "conv: oneDNN: failed");
}

/* --------------------------------------------------------------- weights */

/* To or from a layout of the library's, some rows or output channels at a
 * time. */
struct move {
	struct nn	*net;
	const dnnl_memory_desc_t *from, *to;
	const void	*a;
	void		*b;
	_Atomic bool	 failed;
};

enum { ROWS = 64 };		/* of a part: blocks stay whole */

static void
move_some(void *arg, int i)
{
	struct move *m = arg;
	dnnl_dims_t dim, at = { i * ROWS };
	dnnl_memory_desc_t from, to;

	memcpy(dim, m->from->dims, sizeof dim);
	if (dim[0] - at[0] > ROWS)
		dim[0] = ROWS;
	else
		dim[0] -= at[0];
	if (dnnl_memory_desc_init_submemory(&from, m->from, dim, at) ||
	    dnnl_memory_desc_init_submemory(&to, m->to, dim, at) ||
	    reorder(m->net, &from, m->a, &to, m->b))
		m->failed = true;
}

int
nn_onednn_reorder(struct nn *net, const dnnl_memory_desc_t *from, const void *a,
    const dnnl_memory_desc_t *to, void *b)
{
	struct move m = { net, from, to, a, b, false };

	nn_team_do(nn_team_of(net), (from->dims[0] + ROWS - 1) / ROWS, move_some, &m);
	return m.failed ? nn_fail(net, "oneDNN: cannot be reordered") : 0;
}

/* The weights in the layout of a job: not NULL unless memory is gone. */
static void *
arranged(struct job *j, const float *w)
{
	dnnl_memory_desc_t plain = nn_onednn_weights(j->conv, dnnl_f32, dnnl_oihw);
	void *p = nn_alloc(j->net, 1, dnnl_memory_desc_get_size(&j->whole->w));

	if (p)
		nn_onednn_reorder(j->net, &plain, w, &j->whole->w, p);
	return p;
}

void
nn_onednn_forward(struct nn *net, const struct nn_conv *c, const float *x,
    const float *w, const float *b, float *y)
{
	struct job j = { .net = net, .conv = c, .x = (float *)x, .y = y,
		.b = (float *)b };
	struct nn_arena_mark before = nn_mark(net);

	if (plan_job(&j, FORWARD) == 0 && (j.w = arranged(&j, w)))
		run(&j);
	nn_release(net, before);
}

void
nn_onednn_dgrad(struct nn *net, const struct nn_conv *c, const float *dy,
    const float *w, float *dx)
{
	struct job j = { .net = net, .conv = c, .x = dx, .y = (float *)dy };
	struct nn_arena_mark before = nn_mark(net);

	if (plan_job(&j, TO_INPUT) == 0 && (j.w = arranged(&j, w)))
		run(&j);
	nn_release(net, before);
}

/* to (len) += the sum of the rows of a (n, len) */
struct sum { float *to; const float *a; size_t n, len; };

static void
add_some(void *arg, int i)
{
	const struct sum *s = arg;
	struct nn_range p = nn_range_of(s->len, i, nn_ranges_for(s->len, 1));
	float *restrict to = s->to;

	for (size_t k = 0; k < s->n; k++)
		for (size_t at = p.from; at < p.to; at++)
			to[at] += s->a[k * s->len + at];
}

static void
add(struct nn *net, float *to, const float *a, size_t n, size_t len)
{
	struct sum s = { to, a, n, len };

	nn_team_do(nn_team_of(net), nn_ranges_for(len, 1), add_some, &s);
}

static void
sum_weights(struct job *j, float *dw, float *db)
{
	const struct nn_conv *c = j->conv;
	dnnl_memory_desc_t plain = nn_onednn_weights(c, dnnl_f32, dnnl_oihw);
	size_t len = c->oc * c->ic * c->k * c->k, all;
	float *sum = nn_alloc(j->net, len, sizeof *sum);

	j->w_step = dnnl_memory_desc_get_size(&j->whole->w);
	j->b_step = c->oc * sizeof *j->b;
	j->w = nn_alloc(j->net, j->parts, j->w_step);
	j->b = db ? nn_alloc(j->net, j->parts, j->b_step) : NULL;
	if (sum == NULL || j->w == NULL || (db && j->b == NULL))
		return;
	run(j);
	all = j->w_step / sizeof *sum;
	add(j->net, j->w, (float *)j->w + all, j->parts - 1, all);
	nn_onednn_reorder(j->net, &j->whole->w, j->w, &plain, sum);
	add(j->net, dw, sum, 1, len);
	for (size_t i = 0; db && i < j->parts * c->oc; i++)
		db[i % c->oc] += j->b[i];
}

void
nn_onednn_wgrad(struct nn *net, const struct nn_conv *c, const float *x,
    const float *dy, float *dw, float *db)
{
	struct job j = { .net = net, .conv = c, .x = (float *)x,
		.y = (float *)dy };
	struct nn_arena_mark before = nn_mark(net);

	if (nn_conv_wgrad_taps_fits(c))
		nn_conv_wgrad_taps(net, c, x, dy, dw, db);
	else if (plan_job(&j, TO_WEIGHTS) == 0)
		sum_weights(&j, dw, db);
	nn_release(net, before);
}
