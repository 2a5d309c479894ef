/*
 * onednn.h - a convolution as oneDNN does it, made once and kept
 *
 * Inside libnn, between onednn.c and onednn_plan.c.
 */
#ifndef NN_ONEDNN_H
#define NN_ONEDNN_H

#include <oneapi/dnnl/dnnl.h>

#include "conv.h"

enum pass { FORWARD, TO_INPUT, TO_WEIGHTS };

/* BF16: what is multiplied is rounded to it; all else stays F32. */
enum way { DIRECT, WINOGRAD, BF16 };

/* A primitive for some images, and the layout in which it wants weights. */
struct plan {
	struct plan	*next;
	struct conv	 conv;
	enum pass	 pass;
	enum way	 way;
	dnnl_primitive_t run;
	dnnl_memory_desc_t x, y, w, b, scratch;
};

/* Which way these are convolved. */
enum way	onednn_way(const struct nn *, const struct conv *);

/* The plan for n images, with weights laid out as in like unless that is NULL.
 * NULL after nn_fail. */
const struct plan	*onednn_plan(struct nn *, const struct conv *,
			    size_t n, enum pass, const dnnl_memory_desc_t *like);

dnnl_memory_desc_t	onednn_weights(const struct conv *,
			    dnnl_data_type_t, dnnl_format_tag_t);
dnnl_engine_t		onednn_engine(const struct nn *);

#endif
