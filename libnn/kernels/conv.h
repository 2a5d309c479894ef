/*
 * conv.h - convolutions of images, by oneDNN or, in double, by plain loops
 *
 * Images lie as NN_BLOCK says in nn.h; weights (oc, ic, k, k) in C order, as
 * PyTorch has them. Inside libnn.
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

/* One side of the output for a side of the input. */
size_t	nn_conv_out(const struct nn_conv *, size_t side);

/* y = x * w + b; dx = the gradient; dw, db += theirs. All
 * fail with nn_fail, as nn_error then tells. */
void	nn_conv_forward(struct nn *, const struct nn_conv *, const nn_real *x,
	    const nn_real *w, const nn_real *b, nn_real *y);
void	nn_conv_dgrad(struct nn *, const struct nn_conv *, const nn_real *dy,
	    const nn_real *w, nn_real *dx);
void	nn_conv_wgrad(struct nn *, const struct nn_conv *, const nn_real *x,
	    const nn_real *dy, nn_real *dw, nn_real *db);

/* Those three choose among these. */
void	nn_onednn_forward(struct nn *, const struct nn_conv *, const float *x,
	    const float *w, const float *b, float *y);
void	nn_onednn_dgrad(struct nn *, const struct nn_conv *, const float *dy,
	    const float *w, float *dx);
void	nn_onednn_wgrad(struct nn *, const struct nn_conv *, const float *x,
	    const float *dy, float *dw, float *db);
void	nn_onednn_close(struct nn *);

/* Whether there are kernels for images in blocks of NN_BLOCK, and for BF16. */
bool	nn_onednn_has_avx512(void);

void	nn_conv_reference(struct nn *, const struct nn_conv *, const nn_real *x,
	    const nn_real *w, const nn_real *b, nn_real *y);
void	nn_conv_reference_dgrad(struct nn *, const struct nn_conv *, const nn_real *dy,
	    const nn_real *w, nn_real *dx);
void	nn_conv_reference_wgrad(struct nn *, const struct nn_conv *, const nn_real *x,
	    const nn_real *dy, nn_real *dw, nn_real *db);

/* For few channels ic, and oc a multiple of NN_BLOCK. */
void	nn_conv_dgrad_small(struct nn *, const struct nn_conv *, const nn_real *dy,
	    const nn_real *w, nn_real *dx);

#endif
