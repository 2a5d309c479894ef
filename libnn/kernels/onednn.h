/*
 * onednn.h - a convolution as oneDNN does it, made once and kept
 *
 * Inside libnn, between onednn*.c and conv_wgrad.c.
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

/*
 * A product c (m, n) = or += a b. What a and b hold, one row after another, is
 * a' (k, m) and b (k, n); or, if arranged, a (m, k) and b in the library's own
 * layout. Rows of c are ldc apart.
 */
struct product_shape { size_t m, n, k, ldc, bf16, add, arranged; };

struct product {
	struct product	*next;
	struct product_shape shape;
	dnnl_primitive_t run;
	dnnl_memory_desc_t a, b, c, scratch;
};

/* Made once and kept, with b laid out as in like unless that is NULL; NULL
 * after nn_fail. Multiplying, with so many bytes of room. */
const struct product	*onednn_product(struct nn *,
			    const struct product_shape *,
			    const dnnl_memory_desc_t *like);
size_t			onednn_product_room(const struct product *);
dnnl_status_t		onednn_multiply(const struct nn *,
			    const struct product *, const void *a,
			    const void *b, float *c, void *room);

/* conv_wgrad.c: whether the gradient of the weights is best made so; that. */
bool	taps_fit(const struct conv *);
void	taps_to_weights(struct nn *, const struct conv *, const float *x,
	    const float *dy, float *dw, float *db);

/* Which way these are convolved. */
enum way	onednn_way(const struct nn *, const struct conv *);

/* The plan for n images, with weights laid out as in like unless that is NULL.
 * NULL after nn_fail. */
const struct plan	*onednn_plan(struct nn *, const struct conv *,
			    size_t n, enum pass, const dnnl_memory_desc_t *like);

dnnl_memory_desc_t	onednn_weights(const struct conv *,
			    dnnl_data_type_t, dnnl_format_tag_t);
dnnl_engine_t		onednn_engine(const struct nn *);

/* Where products are kept; the engine is there from then on. NULL after
 * nn_fail. */
struct product		**onednn_products(struct nn *);

/* Copy to another layout or type, on all threads. 0, or -1 after nn_fail. */
int			onednn_move(struct nn *, const dnnl_memory_desc_t *from,
			    const void *a, const dnnl_memory_desc_t *to,
			    void *b);

/* 0, or -1 with nn_fail for a status that is not success. */
int			onednn_check(struct nn *, dnnl_status_t);

/* Run a primitive on this thread, on n memories. */
dnnl_status_t		onednn_execute(dnnl_engine_t, dnnl_primitive_t, int n,
			    const dnnl_memory_desc_t **, void *const *data,
			    const int *id);

/* n numbers to BF16: to the nearest, ties to even; NaN stays. Returns to. */
void			*onednn_round(uint16_t *to, const float *from,
			    size_t n);

#endif
