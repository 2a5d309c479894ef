/*
 * onednn.h - a convolution as oneDNN does it, made once and kept
 *
 * Inside libnn, between onednn*.c and conv_wgrad.c.
 */
#ifndef NN_ONEDNN_H
#define NN_ONEDNN_H

#include <oneapi/dnnl/dnnl.h>

#include "conv.h"

enum onednn_pass { FORWARD, TO_INPUT, TO_WEIGHTS };

/* BF16: what is multiplied is rounded to it; all else stays F32. */
enum onednn_algorithm { DIRECT, WINOGRAD, BF16 };

/* Images in memory, and in the type and layout that a primitive takes. */
struct onednn_images { dnnl_memory_desc_t here, there; };

/* A primitive for some images, and the layout in which it wants weights. */
struct onednn_plan {
	struct onednn_plan	*next;
	struct nn_conv	 conv;
	enum onednn_pass	 pass;
	enum onednn_algorithm	 way;
	dnnl_primitive_t run;
	const int	*args;		/* DNNL_ARG_* of scratch, x, y, w, b */
	struct onednn_images x, y;
	dnnl_memory_desc_t w, b, scratch;
};

/*
 * A product c (m, n) = or += a b. What a and b hold, one row after another, is
 * a' (k, m) and b (k, n); or, if arranged, a (m, k) and b in the library's own
 * layout. Rows of c are ldc apart.
 */
struct onednn_product_shape { size_t m, n, k, ldc, bf16, add, arranged; };

struct onednn_product {
	struct onednn_product	*next;
	struct onednn_product_shape shape;
	dnnl_primitive_t run;
	dnnl_memory_desc_t a, b, c, scratch;
};

/* Made once and kept, with b laid out as in like unless that is NULL; NULL
 * after nn_fail. Multiplying, with so many bytes of room. */
const struct onednn_product	*nn_onednn_product(struct nn *,
			    const struct onednn_product_shape *,
			    const dnnl_memory_desc_t *like);
size_t			nn_onednn_product_scratch(const struct onednn_product *);
dnnl_status_t		nn_onednn_multiply(const struct nn *,
			    const struct onednn_product *, const void *a,
			    const void *b, float *c, void *room);

/* conv_wgrad.c: whether the gradient of the weights is best made so; that. */
bool	nn_conv_wgrad_taps_fits(const struct nn_conv *);
void	nn_conv_wgrad_taps(struct nn *, const struct nn_conv *, const float *x,
	    const float *dy, float *dw, float *db);

/* Which way these are convolved. */
enum onednn_algorithm	nn_onednn_algorithm(const struct nn *, const struct nn_conv *);

/* The plan for n images, with weights laid out as in like unless that is NULL.
 * NULL after nn_fail. */
const struct onednn_plan	*nn_onednn_plan(struct nn *, const struct nn_conv *,
			    size_t n, enum onednn_pass, const dnnl_memory_desc_t *like);

dnnl_memory_desc_t	nn_onednn_weights(const struct nn_conv *,
			    dnnl_data_type_t, dnnl_format_tag_t);
dnnl_engine_t		nn_onednn_engine(const struct nn *);

/* Where products are kept; the engine is there from then on. NULL after
 * nn_fail. */
struct onednn_product		**nn_onednn_products(struct nn *);

/* Copy to another layout or type, on all threads. 0, or -1 after nn_fail. */
int			nn_onednn_reorder(struct nn *, const dnnl_memory_desc_t *from,
			    const void *a, const dnnl_memory_desc_t *to,
			    void *b);

/* 0, or -1 with nn_fail for a status that is not success. */
int			nn_onednn_check(struct nn *, dnnl_status_t);

/* Run a primitive on this thread, on n memories. */
dnnl_status_t		nn_onednn_execute(dnnl_engine_t, dnnl_primitive_t, int n,
			    const dnnl_memory_desc_t **, void *const *data,
			    const int *id);

/* n numbers to BF16: to the nearest, ties to even; NaN stays. Returns to. */
void			*nn_onednn_round(uint16_t *to, const float *from,
			    size_t n);

#endif
