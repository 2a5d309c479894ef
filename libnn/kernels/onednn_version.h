/*
 * onednn_version.h - what oneDNN 2 and 3 name differently, under one API
 *
 * Private to libnn/kernels, where it is the only file that includes dnnl.h.
 */
#ifndef NN_ONEDNN_VERSION_H
#define NN_ONEDNN_VERSION_H

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>

/*
 * A memory descriptor: shape, type and layout of an array. The caller destroys
 * what these functions return; it is NULL if they fail.
 */
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t nn_md;
typedef const_dnnl_memory_desc_t nn_const_md;
#else
typedef dnnl_memory_desc_t *nn_md;
typedef const dnnl_memory_desc_t *nn_const_md;
#endif

nn_md	nn_md_by_tag(int rank, const dnnl_dims_t, dnnl_data_type_t,
	    dnnl_format_tag_t);
nn_md	nn_md_by_strides(int rank, const dnnl_dims_t, dnnl_data_type_t,
	    const dnnl_dims_t strides);
nn_md	nn_md_copy(nn_const_md);
void	nn_md_destroy(nn_md);		/* NULL is allowed */

/* At most n indices of the first dimension, from that one on. */
nn_md	nn_md_range(nn_const_md, dnnl_dim_t from, dnnl_dim_t n);

dnnl_dim_t		nn_md_first_dim(nn_const_md);
dnnl_data_type_t	nn_md_type(nn_const_md);

/* Primitive descriptors. Their scratchpad is an argument. */
enum conv_pass { FORWARD, DGRAD, WGRAD };

struct conv_desc {
	enum conv_pass	 pass;
	dnnl_alg_kind_t	 algorithm;
	nn_md		 x, w, b, y;	/* b: NULL if there is no bias */
	dnnl_dims_t	 stride, pad;
	const_dnnl_primitive_desc_t forward;	/* of the other passes */
};

dnnl_status_t	nn_onednn_describe_conv(dnnl_primitive_desc_t *, dnnl_engine_t,
		    const struct conv_desc *);

/* c = a b, or c += a b if add. */
dnnl_status_t	nn_onednn_describe_matmul(dnnl_primitive_desc_t *,
		    dnnl_engine_t, nn_const_md a, nn_const_md b, nn_const_md c,
		    bool add);

#endif
