/*
 * onednn.h - primitives of oneDNN, for convolutions and matrix products, which
 * are created once for each shape and cached in the network
 *
 * Private to libnn/kernels.
 */
#ifndef NN_ONEDNN_H
#define NN_ONEDNN_H

#include "conv.h"
#include "onednn_version.h"

/* -------------------------------------------------------------- library */

/* Of the OpenMP runtime that oneDNN uses; clang may be without omp.h. */
void		omp_set_num_threads(int);

/* What a network holds of it (struct nn). */
struct nn_onednn {
	dnnl_engine_t	 engine;
	struct conv_plan *convs;	/* the cached plans, newest first */
	struct matmul_plan *matmuls;
};

/* Create it unless it is there; NULL after nn_fail. */
struct nn_onednn *nn_onednn_open(struct nn *);

/* 0, or -1 after nn_fail for a status that is not success. */
int		nn_onednn_check(struct nn *, dnnl_status_t);

/* Bytes of an array, rounded up to a multiple of 64. */
size_t		nn_onednn_size(nn_const_md);

/* Run a primitive on this thread: n arguments args (DNNL_ARG_*) with their
 * descriptors and data. */
dnnl_status_t	nn_onednn_execute(dnnl_engine_t, dnnl_primitive_t, int n,
		    const int *args, const nn_const_md *, void *const *data);

/* Convert a to another layout or type: on this thread, or on all threads,
 * by ranges of the first dimension; 0, or -1 after nn_fail. */
dnnl_status_t	nn_onednn_reorder_on_thread(dnnl_engine_t, nn_const_md from,
		    const void *a, nn_const_md to, void *b);
int		nn_onednn_reorder(struct nn *, nn_const_md from, const void *a,
		    nn_const_md to, void *b);

/* Round n numbers to BF16: to nearest, ties to even; NaN stays NaN. */
void		nn_round_bf16(uint16_t *to, const float *from, size_t n);

/* --------------------------------------------------------- convolutions */

/* BF16: operands are rounded to it; the result and all else are F32. */
enum conv_algorithm { DIRECT, WINOGRAD, BF16 };
enum conv_algorithm nn_conv_algorithm(const struct nn *,
			const struct nn_conv *);

/*
 * An operand: in F32 as nn_conv has it (images in the layout of NN_BLOCK), and
 * as the primitive takes it.
 */
struct operand_desc { nn_md user, conv; };

struct conv_plan {
	struct conv_plan *next;
	struct nn_conv	 conv;
	enum conv_pass	 pass;
	enum conv_algorithm algorithm;
	dnnl_primitive_t run;
	const int	*args;		/* of scratch, x, y, w, b */
	struct operand_desc x, y, w;
	nn_md		 b, scratch;
};

/* The plan for n images, with weights in the layout w or, if w is NULL, in the
 * best one. NULL after nn_fail. */
const struct conv_plan *nn_onednn_plan_conv(struct nn *, const struct nn_conv *,
			    size_t n, enum conv_pass, nn_const_md w);
void			nn_onednn_destroy_conv(struct conv_plan *);

/* conv_wgrad.c: the gradient of the weights by matrix products, and whether
 * these shapes are for it. */
bool	nn_conv_wgrad_taps_fits(const struct nn_conv *);
void	nn_conv_wgrad_taps(struct nn *, const struct nn_conv *, const float *x,
	    const float *dy, float *dw, float *db);

/* ------------------------------------------------------ matrix products */

/*
 * c (m, n) = a b, or c + a b if add; rows of c are ldc apart. If packed, a is
 * (m, k) and b is in a layout of the library; otherwise a is stored transposed,
 * (k, m), and b is (k, n).
 */
struct matmul_shape { size_t m, n, k, ldc, bf16, add, packed; };

struct matmul_plan {
	struct matmul_plan *next;
	struct matmul_shape shape;
	dnnl_primitive_t run;
	nn_md		 a, b, c, scratch;
};

/* The plan, with b in that layout or, if it is NULL, in the best one; NULL
 * after nn_fail. Of packed ones, only the 128 last used are cached. */
const struct matmul_plan *nn_onednn_plan_matmul(struct nn *,
			    const struct matmul_shape *, nn_const_md b);
void			nn_onednn_destroy_matmul(struct matmul_plan *);

/* Run it on this thread; scratch has the size of the plan's. */
dnnl_status_t		nn_onednn_run_matmul(const struct nn *,
			    const struct matmul_plan *, const void *a,
			    const void *b, float *c, void *scratch);

#endif
