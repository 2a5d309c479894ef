/*
 * conv_onednn_plan.c - oneDNN's primitive for a convolution: algorithm, types
 * and layouts
 *
 * oneDNN chooses the layout of weights. Images are stored in blocks of NN_BLOCK
 * channels, for which it has AVX-512 kernels only. On other processors it
 * chooses the layout of images too, and they are reordered before and after.
 */
#include <omp.h>
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

static dnnl_memory_desc_t
make_desc(int rank, const dnnl_dims_t dim, dnnl_data_type_t type,
    dnnl_format_tag_t tag)
{
	dnnl_memory_desc_t d;

	dnnl_memory_desc_init_by_tag(&d, rank, dim, type, tag);
	return d;
}

static struct image_desc
make_image_desc(size_t n, size_t c, size_t h, size_t w, dnnl_data_type_t type)
{
	dnnl_dims_t dim = { n, c, h, w };
	dnnl_format_tag_t user = c % NN_BLOCK ? dnnl_nchw : dnnl_nChw16c;
	dnnl_format_tag_t conv = c % NN_BLOCK || nn_onednn_has_avx512() ?
	    user : dnnl_format_tag_any;

	return (struct image_desc){ make_desc(4, dim, dnnl_f32, user),
		make_desc(4, dim, type, conv) };
}

dnnl_memory_desc_t
nn_onednn_weights_desc(const struct nn_conv *c, dnnl_data_type_t type,
    dnnl_format_tag_t tag)
{
	return make_desc(4, (dnnl_dims_t){ c->oc, c->ic, c->k, c->k }, type,
	    tag);
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
    const dnnl_memory_desc_t *w, const_dnnl_primitive_desc_t forward,
    dnnl_primitive_desc_t *pd)
{
	const struct nn_conv *c = &p->conv;
	dnnl_memory_desc_t any = nn_onednn_weights_desc(c, choose_type(p, pass,
	    WGRAD), dnnl_format_tag_any);
	dnnl_alg_kind_t alg = p->algorithm == WINOGRAD ?
	    dnnl_convolution_winograd : dnnl_convolution_direct;
	dnnl_dims_t stride = { c->stride, c->stride }, pad = { c->pad, c->pad };
	const dnnl_memory_desc_t *x = &p->x.conv, *y = &p->y.conv;
	const dnnl_memory_desc_t *b = c->bias ? &p->b : NULL;
	dnnl_convolution_desc_t d;
	dnnl_primitive_attr_t attr;
	dnnl_status_t s;

	if (w == NULL)
		w = &any;
	p->x = make_image_desc(c->n, c->ic, c->h, c->w,
	    choose_type(p, pass, DGRAD));
	p->y = make_image_desc(c->n, c->oc, nn_conv_out(c, c->h),
	    nn_conv_out(c, c->w), choose_type(p, pass, FORWARD));
	p->b = make_desc(1, (dnnl_dims_t){ c->oc }, dnnl_f32, dnnl_x);
	if (pass == FORWARD)
		s = dnnl_convolution_forward_desc_init(&d,
		    dnnl_forward_training, alg, x, w, b, y, stride, pad, pad);
	else if (pass == DGRAD)
		s = dnnl_convolution_backward_data_desc_init(&d, alg, x, w, y,
		    stride, pad, pad);
	else
		s = dnnl_convolution_backward_weights_desc_init(&d, alg, x, w,
		    b, y, stride, pad, pad);
	if (s != dnnl_success)
		return s;
	s = dnnl_primitive_attr_create(&attr);
	if (s != dnnl_success)
		return s;
	dnnl_primitive_attr_set_scratchpad_mode(attr,
	    dnnl_scratchpad_mode_user);
	s = dnnl_primitive_desc_create(pd, &d, attr, engine, forward);
	dnnl_primitive_attr_destroy(attr);
	return s;
}

static dnnl_memory_desc_t
query_arg(const_dnnl_primitive_desc_t pd, int arg)
{
	return *dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md, arg);
}

static dnnl_status_t
create_primitive(dnnl_engine_t engine, struct conv_plan *p,
    const dnnl_memory_desc_t *w)
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
	p->scratch = query_arg(pd, p->args[0]);
	p->x.conv = query_arg(pd, p->args[1]);
	p->y.conv = query_arg(pd, p->args[2]);
	p->w = query_arg(pd, p->args[3]);
	dnnl_primitive_desc_destroy(pd);
	return s;
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
    enum conv_pass pass, const dnnl_memory_desc_t *w)
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
		free(p);
		return NULL;
	}
	p->next = lib->convs;
	return lib->convs = p;
}
