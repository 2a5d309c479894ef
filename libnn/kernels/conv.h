/*
 * conv.h - convolutions of images: forward, and the gradients of input (dgrad)
 * and weights (wgrad); private to libnn
 *
 * Images are in the layout of NN_BLOCK (nn.h), weights (oc, ic, k, k) in C
 * order, as in PyTorch.
 */
#ifndef NN_CONV_H
#define NN_CONV_H

#include "core/tape.h"

struct nn_conv {
	size_t	n;			/* images */
	size_t	ic, h, w;		/* channels and size of the input */
	size_t	oc, k, stride, pad;
	size_t	bias;			/* 0: b and db are NULL */
};

/* Height or width of the output, from that of the input. */
size_t	nn_conv_out(const struct nn_conv *, size_t side);

/* y = x * w + b; dx = its gradient; dw and db += theirs. Errors are left in the
 * network (nn_error). */
void	nn_conv_forward(struct nn *, const struct nn_conv *, const nn_real *x,
	    const nn_real *w, const nn_real *b, nn_real *y);
void	nn_conv_dgrad(struct nn *, const struct nn_conv *, const nn_real *dy,
	    const nn_real *w, nn_real *dx);
void	nn_conv_wgrad(struct nn *, const struct nn_conv *, const nn_real *x,
	    const nn_real *dy, nn_real *dw, nn_real *db);

/* What they choose from. By oneDNN, in float: */
void	nn_conv_onednn(struct nn *, const struct nn_conv *, const float *x,
	    const float *w, const float *b, float *y);
void	nn_conv_onednn_dgrad(struct nn *, const struct nn_conv *,
	    const float *dy, const float *w, float *dx);
void	nn_conv_onednn_wgrad(struct nn *, const struct nn_conv *,
	    const float *x, const float *dy, float *dw, float *db);

/* By plain loops, in double: */
void	nn_conv_reference(const struct nn_conv *, const nn_real *x,
	    const nn_real *w, const nn_real *b, nn_real *y);
void	nn_conv_reference_dgrad(const struct nn_conv *, const nn_real *dy,
	    const nn_real *w, nn_real *dx);
void	nn_conv_reference_wgrad(const struct nn_conv *, const nn_real *x,
	    const nn_real *dy, nn_real *dw, nn_real *db);

/* By matrix products, for ic that is no multiple of NN_BLOCK: */
void	nn_conv_dgrad_small(struct nn *, const struct nn_conv *,
	    const nn_real *dy, const nn_real *w, nn_real *dx);

/* Free what a network holds of oneDNN. */
void	nn_onednn_close(struct nn *);

/* Whether oneDNN uses AVX-512, which BF16 and blocks of NN_BLOCK need. */
bool	nn_onednn_has_avx512(void);

#endif
