/*
 * conv_onednn_plan.c - oneDNN's primitive for a convolution: algorithm, types
 * and layouts
 *
 * oneDNN chooses the layout of weights. Images are stored in blocks of NN_BLOCK
 * channels, for which it has AVX-512 kernels only. On other processors it
 * chooses the layout of images too, and they are reordered before and after.
 */
#include <stdlib.h>
#include <string.h>

#include "core/net.h"
#include "onednn.h"

/*
 * Winograd's algorithm for tiles of 4 x 4 pixels (Lavin and Gray 2016) is up to
 * 2.5 times faster than the direct one, but transforms the weights first.
 * Measurements show that it wins with enough channels and at least one tile.
 * Timing both at run time would be more exact, but equal runs would not always
 * give equal bytes.
 */
enum conv_algorithm
nn_conv_algorithm(const struct nn *net, const struct nn_conv *c)
{
	if (net->precision == NN_PRECISION_BF16)
		return BF16;
	if (net->precision == NN_PRECISION_F32 && c->k == 3 && c->stride == 1 &&
	    c->pad == 1 && c->ic >= 32 && c->oc >= 32 && c->h >= 4 && c->w >= 4)
		return WINOGRAD;
	return DIRECT;
}

static nn_md
make_image_desc(size_t n, size_t c, size_t h, size_t w, dnnl_data_type_t type,
    bool any)
{
	return nn_md_by_tag(4, (dnnl_dims_t){ n, c, h, w }, type,
	    c % NN_BLOCK ? dnnl_nchw : any && !nn_onednn_has_avx512() ?
	    dnnl_format_tag_any : dnnl_nChw16c);
}

static nn_md
make_weights_desc(const struct nn_conv *c, dnnl_data_type_t type,
    dnnl_format_tag_t tag)
{
	return nn_md_by_tag(4, (dnnl_dims_t){ c->oc, c->ic, c->k, c->k }, type,
	    tag);
}

static nn_md
make_bias_desc(const struct nn_conv *c)
{
	return nn_md_by_tag(1, (dnnl_dims_t){ c->oc }, dnnl_f32, dnnl_x);
}

/* The type, in this pass, of the array that is the result of that one: operands
 * may be rounded. */
static dnnl_data_type_t
choose_type(const struct conv_plan *p, enum conv_pass pass,
    enum conv_pass result)
{
	return p->algorithm == BF16 && pass != result ? dnnl_bf16 : dnnl_f32;
}

/* Describe the primitive of a pass. w is as for nn_onednn_plan_conv; forward is
 * that of the forward pass, a hint for the others. */
static dnnl_status_t
create_desc(dnnl_engine_t engine, struct conv_plan *p, enum conv_pass pass,
    nn_const_md w, const_dnnl_primitive_desc_t forward,
    dnnl_primitive_desc_t *pd)
{
	const struct nn_conv *c = &p->conv;
	struct conv_desc d = {
		.pass = pass, .forward = forward,
		.algorithm = p->algorithm == WINOGRAD ?
		    dnnl_convolution_winograd : dnnl_convolution_direct,
		.stride = { c->stride, c->stride }, .pad = { c->pad, c->pad },
		.x = make_image_desc(c->n, c->ic, c->h, c->w,
		    choose_type(p, pass, DGRAD), true),
		.y = make_image_desc(c->n, c->oc, nn_conv_out(c, c->h),
		    nn_conv_out(c, c->w), choose_type(p, pass, FORWARD), true),
		.w = w ? nn_md_copy(w) : make_weights_desc(c,
		    choose_type(p, pass, WGRAD), dnnl_format_tag_any),
		.b = c->bias ? make_bias_desc(c) : NULL,
	};
	dnnl_status_t s = nn_onednn_describe_conv(pd, engine, &d);

	nn_md_destroy(d.x);
	nn_md_destroy(d.y);
	nn_md_destroy(d.w);
	nn_md_destroy(d.b);
	return s;
}

static nn_md
query_arg(const_dnnl_primitive_desc_t pd, int arg)
{
	return nn_md_copy(dnnl_primitive_desc_query_md(pd,
	    dnnl_query_exec_arg_md, arg));
}

/* The arrays of the primitive: for args as in struct conv_plan. */
static dnnl_status_t
set_arrays(struct conv_plan *p, const_dnnl_primitive_desc_t pd)
{
	const struct nn_conv *c = &p->conv;

	p->scratch = query_arg(pd, p->args[0]);
	p->x.user = make_image_desc(c->n, c->ic, c->h, c->w, dnnl_f32, false);
	p->x.conv = query_arg(pd, p->args[1]);
	p->y.user = make_image_desc(c->n, c->oc, nn_conv_out(c, c->h),
	    nn_conv_out(c, c->w), dnnl_f32, false);
	p->y.conv = query_arg(pd, p->args[2]);
	p->w.user = make_weights_desc(c, dnnl_f32, dnnl_oihw);
	p->w.conv = query_arg(pd, p->args[3]);
	p->b = make_bias_desc(c);
	return p->scratch && p->x.user && p->x.conv && p->y.user && p->y.conv &&
	    p->w.user && p->w.conv && p->b ? dnnl_success : dnnl_out_of_memory;
}

static dnnl_status_t
create_primitive(dnnl_engine_t engine, struct conv_plan *p, nn_const_md w)
{
	static const int args[][5] = {
		{ DNNL_ARG_SCRATCHPAD, DNNL_ARG_SRC, DNNL_ARG_DST,
		    DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS },
		{ DNNL_ARG_SCRATCHPAD, DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_DST,
		    DNNL_ARG_WEIGHTS },
		{ DNNL_ARG_SCRATCHPAD, DNNL_ARG_SRC, DNNL_ARG_DIFF_DST,
		    DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS },
	};
	dnnl_primitive_desc_t forward = NULL, pd;
	dnnl_status_t s = dnnl_success;

	if (p->pass != FORWARD)
		s = create_desc(engine, p, FORWARD, NULL, NULL, &forward);
	if (s == dnnl_success)
		s = create_desc(engine, p, p->pass, w, forward, &pd);
	if (forward)
		dnnl_primitive_desc_destroy(forward);
	if (s != dnnl_success)
		return s;
	s = dnnl_primitive_create(&p->run, pd);
	p->args = args[p->pass];
	if (s == dnnl_success)
		s = set_arrays(p, pd);
	dnnl_primitive_desc_destroy(pd);
	return s;
}

void
nn_onednn_destroy_conv(struct conv_plan *p)
{
	if (p->run)
		dnnl_primitive_destroy(p->run);
	nn_md_destroy(p->x.user);
	nn_md_destroy(p->x.conv);
	nn_md_destroy(p->y.user);
	nn_md_destroy(p->y.conv);
	nn_md_destroy(p->w.user);
	nn_md_destroy(p->w.conv);
	nn_md_destroy(p->b);
	nn_md_destroy(p->scratch);
	free(p);
}

static struct conv_plan *
find_plan(struct conv_plan *p, const struct nn_conv *c, enum conv_pass pass,
    enum conv_algorithm algorithm)
{
	while (p && (p->pass != pass || p->algorithm != algorithm ||
	    memcmp(&p->conv, c, sizeof *c) != 0))
		p = p->next;
	return p;
}

const struct conv_plan *
nn_onednn_plan_conv(struct nn *net, const struct nn_conv *conv, size_t n,
    enum conv_pass pass, nn_const_md w)
{
	enum conv_algorithm algorithm = nn_conv_algorithm(net, conv);
	struct nn_onednn *lib = nn_onednn_open(net);
	struct nn_conv c = *conv;
	struct conv_plan *p;
	dnnl_status_t s;

	if (lib == NULL)
		return NULL;
	c.n = n;
	p = find_plan(lib->convs, &c, pass, algorithm);
	if (p)
		return p;
	p = calloc(1, sizeof *p);
	if (p == NULL) {
		nn_fail(net, "out of memory");
		return NULL;
	}
	p->conv = c;
	p->pass = pass;
	p->algorithm = algorithm;
	omp_set_num_threads(1);
	s = create_primitive(lib->engine, p, w);
	if (s == dnnl_unimplemented && algorithm == WINOGRAD) {
		p->algorithm = DIRECT;	/* not for this processor */
		s = create_primitive(lib->engine, p, w);
		p->algorithm = algorithm;
	}
	if (nn_onednn_check(net, s) < 0) {
		nn_onednn_destroy_conv(p);
		return NULL;
	}
	p->next = lib->convs;
	return lib->convs = p;
}
