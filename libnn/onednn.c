/*
 * onednn.c - convolutions by oneDNN
 *
 * oneDNN divides work among threads in ways that depend on their number, and
 * so would the last bits of its sums. Therefore it has one thread, and our
 * team takes parts of the images, whose number depends on shapes only. The
 * library picks the layout of the weights; they are brought there and back.
 */
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include <oneapi/dnnl/dnnl.h>

#include "conv.h"
#include "net.h"

enum pass { FORWARD, TO_INPUT, TO_WEIGHTS };
enum { MANY = 16, FEW = 4, LARGE = 1 << 18 };	/* parts; a layer's weights */

/* A primitive for some images, and the layout in which it wants weights. */
struct plan {
	struct plan	*next;
	struct conv	 conv;
	enum pass	 pass;
	dnnl_primitive_t run;
	dnnl_memory_desc_t x, y, w, b, scratch;
};

struct onednn {
	dnnl_engine_t	 engine;
	struct plan	*plans;
};

static int
check(struct nn *net, dnnl_status_t s)
{
	if (s == dnnl_success)
		return 0;
	return nn_fail(net, "conv: oneDNN: %s", s == dnnl_out_of_memory ?
	    "out of memory" : s == dnnl_unimplemented ? "not for these shapes" :
	    "failed");
}

static struct onednn *
library(struct nn *net)
{
	if (net->onednn)
		return net->onednn;
	net->onednn = calloc(1, sizeof *net->onednn);
	if (net->onednn == NULL) {
		nn_fail(net, "out of memory");
		return NULL;
	}
	if (check(net, dnnl_engine_create(&net->onednn->engine, dnnl_cpu, 0)) < 0)
		return NULL;
	return net->onednn;
}

void
onednn_close(struct nn *net)
{
	struct plan *next;

	if (net->onednn == NULL)
		return;
	for (struct plan *p = net->onednn->plans; p; p = next) {
		next = p->next;
		dnnl_primitive_destroy(p->run);
		free(p);
	}
	dnnl_engine_destroy(net->onednn->engine);
	free(net->onednn);
}

/* ---------------------------------------------------------------- plans */

static dnnl_memory_desc_t
desc(int rank, const dnnl_dims_t dim, dnnl_format_tag_t tag)
{
	dnnl_memory_desc_t d;

	dnnl_memory_desc_init_by_tag(&d, rank, dim, dnnl_f32, tag);
	return d;
}

static dnnl_memory_desc_t
image_desc(size_t n, size_t c, size_t h, size_t w)
{
	return desc(4, (dnnl_dims_t){ n, c, h, w },
	    c % NN_BLOCK ? dnnl_nchw : dnnl_nChw16c);
}

static dnnl_memory_desc_t
weight_desc(const struct conv *c, dnnl_format_tag_t tag)
{
	return desc(4, (dnnl_dims_t){ c->oc, c->ic, c->k, c->k }, tag);
}

/* A description of the pass p->pass, or of the forward pass as its hint. */
static dnnl_status_t
describe(const struct onednn *lib, const struct plan *p, enum pass pass,
    const dnnl_memory_desc_t *w, const_dnnl_primitive_desc_t hint,
    dnnl_primitive_desc_t *pd)
{
	dnnl_dims_t stride = { p->conv.stride, p->conv.stride };
	dnnl_dims_t pad = { p->conv.pad, p->conv.pad };
	dnnl_convolution_desc_t d;
	dnnl_primitive_attr_t attr;
	dnnl_status_t s;

	if (pass == FORWARD)
		s = dnnl_convolution_forward_desc_init(&d,
		    dnnl_forward_training, dnnl_convolution_direct, &p->x, w,
		    &p->b, &p->y, stride, pad, pad);
	else if (pass == TO_INPUT)
		s = dnnl_convolution_backward_data_desc_init(&d,
		    dnnl_convolution_direct, &p->x, w, &p->y, stride, pad, pad);
	else
		s = dnnl_convolution_backward_weights_desc_init(&d,
		    dnnl_convolution_direct, &p->x, w, &p->b, &p->y, stride,
		    pad, pad);
	if (s != dnnl_success)
		return s;
	s = dnnl_primitive_attr_create(&attr);
	if (s != dnnl_success)
		return s;
	dnnl_primitive_attr_set_scratchpad_mode(attr,
	    dnnl_scratchpad_mode_user);
	s = dnnl_primitive_desc_create(pd, &d, attr, lib->engine, hint);
	dnnl_primitive_attr_destroy(attr);
	return s;
}

static dnnl_status_t
make(const struct onednn *lib, struct plan *p, const dnnl_memory_desc_t *like)
{
	dnnl_memory_desc_t any = weight_desc(&p->conv, dnnl_format_tag_any);
	dnnl_primitive_desc_t hint = NULL, pd;
	dnnl_status_t s = dnnl_success;

	if (p->pass != FORWARD)
		s = describe(lib, p, FORWARD, &any, NULL, &hint);
	if (s == dnnl_success)
		s = describe(lib, p, p->pass, like ? like : &any, hint, &pd);
	if (hint)
		dnnl_primitive_desc_destroy(hint);
	if (s != dnnl_success)
		return s;
	s = dnnl_primitive_create(&p->run, pd);
	p->w = *dnnl_primitive_desc_query_md(pd, p->pass == TO_WEIGHTS ?
	    dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
	p->scratch = *dnnl_primitive_desc_query_md(pd,
	    dnnl_query_scratchpad_md, 0);
	dnnl_primitive_desc_destroy(pd);
	return s;
}

/* The plan for n images; the layout of its weights is to be like. */
static const struct plan *
find(struct nn *net, const struct conv *c, size_t n, enum pass pass,
    const dnnl_memory_desc_t *like)
{
	struct onednn *lib = library(net);
	struct conv some = *c;
	struct plan *p;

	if (lib == NULL)
		return NULL;
	some.n = n;
	for (p = lib->plans; p; p = p->next)
		if (p->pass == pass &&
		    memcmp(&p->conv, &some, sizeof some) == 0)
			return p;
	p = calloc(1, sizeof *p);
	if (p == NULL) {
		nn_fail(net, "out of memory");
		return NULL;
	}
	p->conv = some;
	p->pass = pass;
	p->x = image_desc(n, c->ic, c->h, c->w);
	p->y = image_desc(n, c->oc, conv_out(c, c->h), conv_out(c, c->w));
	p->b = desc(1, (dnnl_dims_t){ c->oc }, dnnl_x);
	omp_set_num_threads(1);
	if (check(net, make(lib, p, like)) < 0) {
		free(p);
		return NULL;
	}
	p->next = lib->plans;
	return lib->plans = p;
}

/* --------------------------------------------------------------- running */

/* A pass over all images, in parts. */
struct job {
	struct nn	*net;
	const struct conv *conv;
	const struct plan *whole, *rest;	/* most parts; the last one */
	size_t		 parts, each;		/* images of a part */
	float		*x, *y, *w, *b;		/* w, b: of each part in turn, */
	size_t		 w_step, b_step;	/* these steps apart */
	char		*scratch;
	size_t		 scratch_step;
	_Atomic bool	 failed;
};

static int
plan_job(struct job *j, enum pass pass)
{
	const struct conv *c = j->conv;
	size_t most = c->oc * c->ic * c->k * c->k < LARGE ? MANY : FEW;

	if (most > c->n)
		most = c->n;
	j->each = (c->n + most - 1) / most;
	j->parts = (c->n + j->each - 1) / j->each;
	j->whole = find(j->net, c, j->each, pass, NULL);
	if (j->whole == NULL)
		return -1;
	j->rest = find(j->net, c, c->n - (j->parts - 1) * j->each, pass,
	    &j->whole->w);
	if (j->rest == NULL)
		return -1;
	j->scratch_step = (dnnl_memory_desc_get_size(&j->whole->scratch) +
	    63) / 64 * 64;
	j->scratch = nn_alloc(j->net, j->parts, j->scratch_step);
	return j->scratch ? 0 : -1;
}

static dnnl_status_t
execute(dnnl_engine_t engine, dnnl_primitive_t run, int n,
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

static void
one_part(void *arg, int i)
{
	static const int ids[][5] = {
		{ DNNL_ARG_SCRATCHPAD, DNNL_ARG_SRC, DNNL_ARG_DST,
		    DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS },
		{ DNNL_ARG_SCRATCHPAD, DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_DST,
		    DNNL_ARG_WEIGHTS },
		{ DNNL_ARG_SCRATCHPAD, DNNL_ARG_SRC, DNNL_ARG_DIFF_DST,
		    DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS },
	};
	struct job *j = arg;
	const struct conv *c = j->conv;
	const struct plan *p = (size_t)i + 1 < j->parts ? j->whole : j->rest;
	size_t x = c->ic * c->h * c->w;
	size_t y = c->oc * conv_out(c, c->h) * conv_out(c, c->w);
	const dnnl_memory_desc_t *md[] = { &p->scratch, &p->x, &p->y, &p->w,
		&p->b };
	void *data[] = { j->scratch + i * j->scratch_step,
		j->x + i * j->each * x, j->y + i * j->each * y,
		j->w + i * j->w_step, j->b ? j->b + i * j->b_step : NULL };

	if (execute(j->net->onednn->engine, p->run, j->b ? 5 : 4, md, data,
	    ids[p->pass]) != dnnl_success)
		j->failed = true;
}

static void
run(struct job *j)
{
	team_do(nn_team(j->net), j->parts, one_part, j);
	if (j->failed)
		nn_fail(j->net, "conv: oneDNN: failed");
}

/* --------------------------------------------------------------- weights */

/* Weights to or from the library's layout, some output channels at a time. */
struct move {
	struct nn	*net;
	const dnnl_memory_desc_t *from, *to;
	const float	*a;
	float		*b;
	_Atomic bool	 failed;
};

enum { CHANNELS = 64 };		/* of a part: blocks stay whole */

static dnnl_status_t
reorder(const struct move *m, const dnnl_memory_desc_t *from,
    const dnnl_memory_desc_t *to)
{
	dnnl_engine_t engine = m->net->onednn->engine;
	const dnnl_memory_desc_t *md[] = { from, to };
	void *data[] = { (float *)m->a, m->b };
	dnnl_primitive_desc_t pd;
	dnnl_primitive_t run;
	dnnl_status_t s = dnnl_reorder_primitive_desc_create(&pd, from, engine,
	    to, engine, NULL);

	if (s != dnnl_success)
		return s;
	s = dnnl_primitive_create(&run, pd);
	dnnl_primitive_desc_destroy(pd);
	if (s != dnnl_success)
		return s;
	s = execute(engine, run, 2, md, data,
	    (int[]){ DNNL_ARG_FROM, DNNL_ARG_TO });
	dnnl_primitive_destroy(run);
	return s;
}

static void
move_some(void *arg, int i)
{
	struct move *m = arg;
	dnnl_dims_t dim, at = { i * CHANNELS };
	dnnl_memory_desc_t from, to;

	memcpy(dim, m->from->dims, sizeof dim);
	if (dim[0] - at[0] > CHANNELS)
		dim[0] = CHANNELS;
	else
		dim[0] -= at[0];
	omp_set_num_threads(1);
	if (dnnl_memory_desc_init_submemory(&from, m->from, dim, at) ||
	    dnnl_memory_desc_init_submemory(&to, m->to, dim, at) ||
	    reorder(m, &from, &to))
		m->failed = true;
}

static void
move(struct nn *net, const dnnl_memory_desc_t *from, const float *a,
    const dnnl_memory_desc_t *to, float *b)
{
	struct move m = { net, from, to, a, b, false };

	team_do(nn_team(net), (from->dims[0] + CHANNELS - 1) / CHANNELS,
	    move_some, &m);
	if (m.failed)
		nn_fail(net, "conv: oneDNN: weights cannot be reordered");
}

static size_t
floats(const dnnl_memory_desc_t *d)
{
	return dnnl_memory_desc_get_size(d) / sizeof(float);
}

/* The weights in the layout of a job: not NULL unless memory is gone. */
static float *
arranged(struct job *j, const float *w)
{
	dnnl_memory_desc_t plain = weight_desc(j->conv, dnnl_oihw);
	float *p = nn_alloc(j->net, floats(&j->whole->w), sizeof *p);

	if (p)
		move(j->net, &plain, w, &j->whole->w, p);
	return p;
}

void
onednn_forward(struct nn *net, const struct conv *c, const float *x,
    const float *w, const float *b, float *y)
{
	struct job j = { .net = net, .conv = c, .x = (float *)x, .y = y,
		.b = (float *)b };

	if (plan_job(&j, FORWARD) == 0 && (j.w = arranged(&j, w)))
		run(&j);
}

void
onednn_to_input(struct nn *net, const struct conv *c, const float *dy,
    const float *w, float *dx)
{
	struct job j = { .net = net, .conv = c, .x = dx, .y = (float *)dy };

	if (plan_job(&j, TO_INPUT) == 0 && (j.w = arranged(&j, w)))
		run(&j);
}

/* w[0] = the sum over the parts, then once more the same for b. */
static void
add_some(void *arg, int i)
{
	struct job *j = arg;
	struct part p = part_of(j->w_step, i, parts_for(j->w_step, 1));

	for (size_t k = 1; k < j->parts; k++)
		for (size_t at = p.from; at < p.to; at++)
			j->w[at] += j->w[k * j->w_step + at];
}

void
onednn_to_weights(struct nn *net, const struct conv *c, const float *x,
    const float *dy, float *dw, float *db)
{
	dnnl_memory_desc_t plain = weight_desc(c, dnnl_oihw);
	struct job j = { .net = net, .conv = c, .x = (float *)x,
		.y = (float *)dy, .b_step = c->oc };
	size_t len = c->oc * c->ic * c->k * c->k;
	float *sum = nn_alloc(net, len, sizeof *sum);

	if (sum == NULL || plan_job(&j, TO_WEIGHTS) < 0)
		return;
	j.w_step = floats(&j.whole->w);
	j.w = nn_alloc(net, j.parts * j.w_step, sizeof *j.w);
	j.b = nn_alloc(net, j.parts * j.b_step, sizeof *j.b);
	if (j.w == NULL || j.b == NULL)
		return;
	run(&j);
	team_do(nn_team(net), parts_for(j.w_step, 1), add_some, &j);
	move(net, &j.whole->w, j.w, &plain, sum);
	for (size_t i = 0; i < len; i++)
		dw[i] += sum[i];
	for (size_t i = 0; i < j.parts * c->oc; i++)
		db[i % c->oc] += j.b[i];
}
