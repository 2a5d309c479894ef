/*
 * conv_onednn_plan.c - how oneDNN is to do a convolution: algorithm, types, layouts
 *
 * The library picks the layout of the weights. Images are in blocks of NN_BLOCK
 * channels, which only its kernels for AVX-512 take: on other processors it picks
 * the layout of images too, and they are reordered before and after.
 */
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "core/net.h"
#include "onednn.h"

struct onednn {
	dnnl_engine_t	 engine;
	struct onednn_plan	*plans;
	struct onednn_product	*products;
};

int
nn_onednn_check(struct nn *net, dnnl_status_t s)
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
	if (nn_onednn_check(net, dnnl_engine_create(&net->onednn->engine, dnnl_cpu, 0)) < 0)
		return NULL;
	return net->onednn;
}

struct onednn_product **
nn_onednn_products(struct nn *net)
{
	struct onednn *lib = library(net);

	return lib ? &lib->products : NULL;
}

void
nn_onednn_close(struct nn *net)
{
	struct onednn_product *left;
	struct onednn_plan *next;

	if (net->onednn == NULL)
		return;
	for (struct onednn_plan *p = net->onednn->plans; p; p = next) {
		next = p->next;
		dnnl_primitive_destroy(p->run);
		free(p);
	}
	for (struct onednn_product *p = net->onednn->products; p; p = left) {
		left = p->next;
		dnnl_primitive_destroy(p->run);
		free(p);
	}
	dnnl_engine_destroy(net->onednn->engine);
	free(net->onednn);
}

dnnl_engine_t
nn_onednn_engine(const struct nn *net)
{
	return net->onednn->engine;
}

/*
 * Winograd's algorithm for 4 x 4 pixels at once (Lavin and Gray 2016) is up to
 * 2.5 times faster, but first transforms the weights: measured, it wins where
 * channels are not few and a channel has such a square. A rule of shapes, as
 * equal runs shall give equal bytes on a loaded machine too.
 */
enum onednn_algorithm
nn_onednn_algorithm(const struct nn *net, const struct nn_conv *c)
{
	if (net->products == NN_BF16)
		return BF16;
	if (net->products == NN_FAST && c->k == 3 && c->stride == 1 &&
	    c->pad == 1 && c->ic >= 32 && c->oc >= 32 && c->h >= 4 && c->w >= 4)
		return WINOGRAD;
	return DIRECT;
}

static dnnl_memory_desc_t
desc(int rank, const dnnl_dims_t dim, dnnl_data_type_t type,
    dnnl_format_tag_t tag)
{
	dnnl_memory_desc_t d;

	dnnl_memory_desc_init_by_tag(&d, rank, dim, type, tag);
	return d;
}

bool
nn_onednn_has_avx512(void)
{
	return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) ==
	    dnnl_cpu_isa_avx512_core;
}

static struct onednn_images
images(size_t n, size_t c, size_t h, size_t w, dnnl_data_type_t type)
{
	dnnl_dims_t dim = { n, c, h, w };
	dnnl_format_tag_t tag = c % NN_BLOCK ? dnnl_nchw : dnnl_nChw16c;

	return (struct onednn_images){ .here = desc(4, dim, dnnl_f32, tag),
		.there = desc(4, dim, type, tag == dnnl_nchw ||
		    nn_onednn_has_avx512() ? tag : dnnl_format_tag_any) };
}

dnnl_memory_desc_t
nn_onednn_weights(const struct nn_conv *c, dnnl_data_type_t type,
    dnnl_format_tag_t tag)
{
	return desc(4, (dnnl_dims_t){ c->oc, c->ic, c->k, c->k }, type, tag);
}

/* What is multiplied has the type of the way, the result is F32. */
static dnnl_data_type_t
type(enum onednn_algorithm way, enum onednn_pass pass, enum onednn_pass result)
{
	return way == BF16 && pass != result ? dnnl_bf16 : dnnl_f32;
}

/* A pass, for weights in that layout (NULL: any); hint: its forward pass. */
static dnnl_status_t
describe(const struct onednn *lib, struct onednn_plan *p, enum onednn_pass pass,
    const dnnl_memory_desc_t *like, const_dnnl_primitive_desc_t hint,
    dnnl_primitive_desc_t *pd)
{
	const struct nn_conv *c = &p->conv;
	dnnl_memory_desc_t any = nn_onednn_weights(c, type(p->way, pass,
	    TO_WEIGHTS), dnnl_format_tag_any);
	const dnnl_memory_desc_t *w = like ? like : &any;
	dnnl_alg_kind_t how = p->way == WINOGRAD ? dnnl_convolution_winograd :
	    dnnl_convolution_direct;
	dnnl_dims_t stride = { p->conv.stride, p->conv.stride };
	dnnl_dims_t pad = { p->conv.pad, p->conv.pad };
	const dnnl_memory_desc_t *b = c->bias ? &p->b : NULL;
	const dnnl_memory_desc_t *x = &p->x.there, *y = &p->y.there;
	dnnl_convolution_desc_t d;
	dnnl_primitive_attr_t attr;
	dnnl_status_t s;

	p->x = images(c->n, c->ic, c->h, c->w, type(p->way, pass, TO_INPUT));
	p->y = images(c->n, c->oc, nn_conv_out(c, c->h), nn_conv_out(c, c->w),
	    type(p->way, pass, FORWARD));
	p->b = desc(1, (dnnl_dims_t){ c->oc }, dnnl_f32, dnnl_x);
	if (pass == FORWARD)
		s = dnnl_convolution_forward_desc_init(&d,
		    dnnl_forward_training, how, x, w, b, y, stride, pad,
		    pad);
	else if (pass == TO_INPUT)
		s = dnnl_convolution_backward_data_desc_init(&d, how, x, w,
		    y, stride, pad, pad);
	else
		s = dnnl_convolution_backward_weights_desc_init(&d, how, x,
		    w, b, y, stride, pad, pad);
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

static dnnl_memory_desc_t
arg_desc(const_dnnl_primitive_desc_t pd, int arg)
{
	return *dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md, arg);
}

static dnnl_status_t
make(const struct onednn *lib, struct onednn_plan *p, const dnnl_memory_desc_t *like)
{
	static const int args[][5] = {
		{ DNNL_ARG_SCRATCHPAD, DNNL_ARG_SRC, DNNL_ARG_DST,
		    DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS },
		{ DNNL_ARG_SCRATCHPAD, DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_DST,
		    DNNL_ARG_WEIGHTS },
		{ DNNL_ARG_SCRATCHPAD, DNNL_ARG_SRC, DNNL_ARG_DIFF_DST,
		    DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS },
	};
	dnnl_primitive_desc_t hint = NULL, pd;
	dnnl_status_t s = dnnl_success;

	if (p->pass != FORWARD)
		s = describe(lib, p, FORWARD, NULL, NULL, &hint);
	if (s == dnnl_success)
		s = describe(lib, p, p->pass, like, hint, &pd);
	if (hint)
		dnnl_primitive_desc_destroy(hint);
	if (s != dnnl_success)
		return s;
	s = dnnl_primitive_create(&p->run, pd);
	p->args = args[p->pass];
	p->scratch = arg_desc(pd, p->args[0]);
	p->x.there = arg_desc(pd, p->args[1]);
	p->y.there = arg_desc(pd, p->args[2]);
	p->w = arg_desc(pd, p->args[3]);
	dnnl_primitive_desc_destroy(pd);
	return s;
}

const struct onednn_plan *
nn_onednn_plan(struct nn *net, const struct nn_conv *c, size_t n, enum onednn_pass pass,
    const dnnl_memory_desc_t *like)
{
	enum onednn_algorithm way = nn_onednn_algorithm(net, c);
	struct onednn *lib = library(net);
	struct nn_conv some = *c;
	dnnl_status_t s;
	struct onednn_plan *p;

	if (lib == NULL)
		return NULL;
	some.n = n;
	for (p = lib->plans; p; p = p->next)
		if (p->pass == pass && p->way == way &&
		    memcmp(&p->conv, &some, sizeof some) == 0)
			return p;
	p = calloc(1, sizeof *p);
	if (p == NULL) {
		nn_fail(net, "out of memory");
		return NULL;
	}
	p->conv = some;
	p->pass = pass;
	p->way = way;
	omp_set_num_threads(1);
	s = make(lib, p, like);
	if (s == dnnl_unimplemented && way == WINOGRAD) {
		p->way = DIRECT;	/* this processor cannot */
		s = make(lib, p, like);
		p->way = way;
	}
	if (nn_onednn_check(net, s) < 0) {
		free(p);
		return NULL;
	}
	p->next = lib->plans;
	return lib->plans = p;
}
