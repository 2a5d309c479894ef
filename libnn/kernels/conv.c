/* conv.c - convolutions: which implementation is used */
#include "conv.h"

static bool
is_float(void)
{
	return sizeof(nn_real) == sizeof(float);
}

size_t
nn_conv_out(const struct nn_conv *c, size_t side)
{
	return (side + 2 * c->pad - c->k) / c->stride + 1;
}

void
nn_conv_forward(struct nn *net, const struct nn_conv *c, const nn_real *x,
    const nn_real *w, const nn_real *b, nn_real *y)
{
	if (is_float())
		nn_conv_onednn(net, c, (void *)x, (void *)w, (void *)b,
		    (void *)y);
	else
		nn_conv_reference(c, x, w, b, y);
}

void
nn_conv_dgrad(struct nn *net, const struct nn_conv *c, const nn_real *dy,
    const nn_real *w, nn_real *dx)
{
	if (c->ic % NN_BLOCK)
		nn_conv_dgrad_small(net, c, dy, w, dx);
	else if (is_float())
		nn_conv_onednn_dgrad(net, c, (void *)dy, (void *)w, (void *)dx);
	else
		nn_conv_reference_dgrad(c, dy, w, dx);
}

void
nn_conv_wgrad(struct nn *net, const struct nn_conv *c, const nn_real *x,
    const nn_real *dy, nn_real *dw, nn_real *db)
{
	if (is_float())
		nn_conv_onednn_wgrad(net, c, (void *)x, (void *)dy, (void *)dw,
		    (void *)db);
	else
		nn_conv_reference_wgrad(c, x, dy, dw, db);
}
