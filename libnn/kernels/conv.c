/* conv.c - convolutions: oneDNN's, plain loops in double, or a product */
#include "conv.h"

static bool
is_float(void)
{
	return sizeof(nn_real) == sizeof(float);
}

size_t
conv_out(const struct conv *c, size_t side)
{
	return (side + 2 * c->pad - c->k) / c->stride + 1;
}

void
conv_forward(struct nn *net, const struct conv *c, const nn_real *x,
    const nn_real *w, const nn_real *b, nn_real *y)
{
	if (is_float())
		onednn_forward(net, c, (void *)x, (void *)w, (void *)b,
		    (void *)y);
	else
		plain_forward(net, c, x, w, b, y);
}

void
conv_to_input(struct nn *net, const struct conv *c, const nn_real *dy,
    const nn_real *w, nn_real *dx)
{
	if (c->ic % NN_BLOCK)
		few_to_input(net, c, dy, w, dx);
	else if (is_float())
		onednn_to_input(net, c, (void *)dy, (void *)w, (void *)dx);
	else
		plain_to_input(net, c, dy, w, dx);
}

void
conv_to_weights(struct nn *net, const struct conv *c, const nn_real *x,
    const nn_real *dy, nn_real *dw, nn_real *db)
{
	if (is_float())
		onednn_to_weights(net, c, (void *)x, (void *)dy, (void *)dw,
		    (void *)db);
	else
		plain_to_weights(net, c, x, dy, dw, db);
}
