/*
 * onednn_version.c - memory descriptors and primitive descriptors of oneDNN 2
 * and 3
 *
 * oneDNN 2 has memory descriptors that are values, and creates primitive
 * descriptors from operation descriptors. In oneDNN 3 the former are opaque, and
 * the latter are gone.
 */
#include <stdlib.h>
#include <string.h>

#include "onednn_version.h"

#if DNNL_VERSION_MAJOR >= 3

nn_md
nn_md_by_tag(int rank, const dnnl_dims_t dim, dnnl_data_type_t type,
    dnnl_format_tag_t tag)
{
	nn_md d = NULL;

	dnnl_memory_desc_create_with_tag(&d, rank, dim, type, tag);
	return d;
}

nn_md
nn_md_by_strides(int rank, const dnnl_dims_t dim, dnnl_data_type_t type,
    const dnnl_dims_t strides)
{
	nn_md d = NULL;

	dnnl_memory_desc_create_with_strides(&d, rank, dim, type, strides);
	return d;
}

nn_md
nn_md_copy(nn_const_md from)
{
	nn_md d = NULL;

	dnnl_memory_desc_clone(&d, from);
	return d;
}

void
nn_md_destroy(nn_md d)
{
	if (d)
		dnnl_memory_desc_destroy(d);
}

static const dnnl_dim_t *
get_dims(nn_const_md d)
{
	const dnnl_dims_t *dim = NULL;

	dnnl_memory_desc_query(d, dnnl_query_dims, &dim);
	return *dim;
}

dnnl_data_type_t
nn_md_type(nn_const_md d)
{
	dnnl_data_type_t type = dnnl_data_type_undef;

	dnnl_memory_desc_query(d, dnnl_query_data_type, &type);
	return type;
}

static nn_md
create_range(nn_const_md of, const dnnl_dims_t dim, const dnnl_dims_t at)
{
	nn_md d = NULL;

	dnnl_memory_desc_create_submemory(&d, of, dim, at);
	return d;
}

static dnnl_status_t
append_sum(dnnl_post_ops_t post_ops)
{
	return dnnl_post_ops_append_sum(post_ops, 1, 0, dnnl_data_type_undef);
}

static dnnl_status_t
create_conv(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
    const struct conv_desc *c, const_dnnl_primitive_attr_t attr)
{
	static const dnnl_dims_t dilation = { 0 };

	if (c->pass == FORWARD)
		return dnnl_convolution_forward_primitive_desc_create(pd,
		    engine, dnnl_forward_training, c->algorithm, c->x, c->w,
		    c->b, c->y, c->stride, dilation, c->pad, c->pad, attr);
	if (c->pass == DGRAD)
		return dnnl_convolution_backward_data_primitive_desc_create(pd,
		    engine, c->algorithm, c->x, c->w, c->y, c->stride, dilation,
		    c->pad, c->pad, c->forward, attr);
	return dnnl_convolution_backward_weights_primitive_desc_create(pd,
	    engine, c->algorithm, c->x, c->w, c->b, c->y, c->stride, dilation,
	    c->pad, c->pad, c->forward, attr);
}

static dnnl_status_t
create_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, nn_const_md a,
    nn_const_md b, nn_const_md c, const_dnnl_primitive_attr_t attr)
{
	return dnnl_matmul_primitive_desc_create(pd, engine, a, b, NULL, c,
	    attr);
}

#else

/* A copy of d, if the status of its initialization is success. */
static nn_md
copy_valid(const dnnl_memory_desc_t *d, dnnl_status_t s)
{
	nn_md copy = s == dnnl_success ? malloc(sizeof *copy) : NULL;

	if (copy)
		*copy = *d;
	return copy;
}

nn_md
nn_md_by_tag(int rank, const dnnl_dims_t dim, dnnl_data_type_t type,
    dnnl_format_tag_t tag)
{
	dnnl_memory_desc_t d;

	return copy_valid(&d, dnnl_memory_desc_init_by_tag(&d, rank, dim, type,
	    tag));
}

nn_md
nn_md_by_strides(int rank, const dnnl_dims_t dim, dnnl_data_type_t type,
    const dnnl_dims_t strides)
{
	dnnl_memory_desc_t d;

	return copy_valid(&d, dnnl_memory_desc_init_by_strides(&d, rank, dim,
	    type, strides));
}

nn_md
nn_md_copy(nn_const_md from)
{
	return copy_valid(from, dnnl_success);
}

void
nn_md_destroy(nn_md d)
{
	free(d);
}

static const dnnl_dim_t *
get_dims(nn_const_md d)
{
	return d->dims;
}

dnnl_data_type_t
nn_md_type(nn_const_md d)
{
	return d->data_type;
}

static nn_md
create_range(nn_const_md of, const dnnl_dims_t dim, const dnnl_dims_t at)
{
	dnnl_memory_desc_t d;

	return copy_valid(&d, dnnl_memory_desc_init_submemory(&d, of, dim, at));
}

static dnnl_status_t
append_sum(dnnl_post_ops_t post_ops)
{
	return dnnl_post_ops_append_sum(post_ops, 1);
}

static dnnl_status_t
create_conv(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
    const struct conv_desc *c, const_dnnl_primitive_attr_t attr)
{
	dnnl_convolution_desc_t d;
	dnnl_status_t s;

	if (c->pass == FORWARD)
		s = dnnl_convolution_forward_desc_init(&d,
		    dnnl_forward_training, c->algorithm, c->x, c->w, c->b,
		    c->y, c->stride, c->pad, c->pad);
	else if (c->pass == DGRAD)
		s = dnnl_convolution_backward_data_desc_init(&d, c->algorithm,
		    c->x, c->w, c->y, c->stride, c->pad, c->pad);
	else
		s = dnnl_convolution_backward_weights_desc_init(&d,
		    c->algorithm, c->x, c->w, c->b, c->y, c->stride, c->pad,
		    c->pad);
	return s != dnnl_success ? s :
	    dnnl_primitive_desc_create(pd, &d, attr, engine, c->forward);
}

static dnnl_status_t
create_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, nn_const_md a,
    nn_const_md b, nn_const_md c, const_dnnl_primitive_attr_t attr)
{
	dnnl_matmul_desc_t d;
	dnnl_status_t s = dnnl_matmul_desc_init(&d, a, b, NULL, c);

	return s != dnnl_success ? s :
	    dnnl_primitive_desc_create(pd, &d, attr, engine, NULL);
}

#endif

/* ------------------------------------------------------- of both versions */

dnnl_dim_t
nn_md_first_dim(nn_const_md d)
{
	return get_dims(d)[0];
}

nn_md
nn_md_range(nn_const_md of, dnnl_dim_t from, dnnl_dim_t n)
{
	dnnl_dims_t dim, at = { from };

	memcpy(dim, get_dims(of), sizeof dim);
	dim[0] = dim[0] - from < n ? dim[0] - from : n;
	return create_range(of, dim, at);
}

static dnnl_status_t
create_attr(dnnl_primitive_attr_t *attr, bool add)
{
	dnnl_post_ops_t post_ops;
	dnnl_status_t s = dnnl_primitive_attr_create(attr);

	if (s != dnnl_success)
		return s;
	dnnl_primitive_attr_set_scratchpad_mode(*attr,
	    dnnl_scratchpad_mode_user);
	if (!add)
		return s;
	s = dnnl_post_ops_create(&post_ops);
	if (s != dnnl_success)
		return s;
	append_sum(post_ops);
	dnnl_primitive_attr_set_post_ops(*attr, post_ops);
	return dnnl_post_ops_destroy(post_ops);
}

dnnl_status_t
nn_onednn_describe_conv(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
    const struct conv_desc *c)
{
	dnnl_primitive_attr_t attr = NULL;
	dnnl_status_t s = create_attr(&attr, false);

	if (s == dnnl_success)
		s = create_conv(pd, engine, c, attr);
	if (attr)
		dnnl_primitive_attr_destroy(attr);
	return s;
}

dnnl_status_t
nn_onednn_describe_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
    nn_const_md a, nn_const_md b, nn_const_md c, bool add)
{
	dnnl_primitive_attr_t attr = NULL;
	dnnl_status_t s = create_attr(&attr, add);

	if (s == dnnl_success)
		s = create_matmul(pd, engine, a, b, c, attr);
	if (attr)
		dnnl_primitive_attr_destroy(attr);
	return s;
}
