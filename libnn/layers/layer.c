/* layer.c - layers: ops with parameters, which are found by name or made */
#include <math.h>

#include "core/tape.h"
#include "layer.h"

struct nn_node *
nn_layer_linear(struct nn_node *x, size_t out, const char *fmt, ...)
{
	struct nn_init init = { 0 };
	struct nn_node *w;
	char name[LAYER_NAME];

	if (x == NULL)
		return NULL;
	layer_name(name, fmt);
	init.bound = 1 / sqrt((double)nn_cols_of(x));
	w = nn_param(x->net, NN_SHAPE(out, nn_cols_of(x)), init, "%s.weight",
	    name);
	return nn_linear(x, w, nn_param(x->net, NN_SHAPE(out), init, "%s.bias",
	    name));
}

struct nn_node *
nn_layer_layernorm(struct nn_node *x, const char *fmt, ...)
{
	struct nn_init one = { .value = 1 }, zero = { 0 };
	struct nn_node *w;
	char name[LAYER_NAME];

	if (x == NULL)
		return NULL;
	layer_name(name, fmt);
	w = nn_param(x->net, NN_SHAPE(nn_cols_of(x)), one, "%s.weight", name);
	return nn_layer_norm(x, w, nn_param(x->net, NN_SHAPE(nn_cols_of(x)),
	    zero, "%s.bias", name));
}

struct nn_node *
nn_layer_conv2d(struct nn_node *x, size_t out, size_t k, size_t stride,
    bool bias, const char *fmt, ...)
{
	struct nn_init init = { 0 };
	struct nn_node *w, *b = NULL;
	char name[LAYER_NAME];
	size_t in;

	if (x == NULL)
		return NULL;
	layer_name(name, fmt);
	in = x->shape.dim[1];
	init.bound = 1 / sqrt((double)in * k * k);
	w = nn_param(x->net, NN_SHAPE(out, in, k, k), init, "%s.weight", name);
	if (bias)
		b = nn_param(x->net, NN_SHAPE(out), init, "%s.bias", name);
	return nn_conv2d(x, w, b, stride, k / 2);
}

struct nn_node *
nn_layer_batchnorm(struct nn_node *x, bool relu, const char *fmt, ...)
{
	struct nn_init one = { .value = 1 }, zero = { 0 };
	struct nn_node *w, *b, *mean, *var, *batches;
	struct nn_shape scalar = { 0 }, c;
	char name[LAYER_NAME];

	if (x == NULL)
		return NULL;
	layer_name(name, fmt);
	c = NN_SHAPE(x->shape.dim[1]);
	w = nn_param(x->net, c, one, "%s.weight", name);
	b = nn_param(x->net, c, zero, "%s.bias", name);
	mean = nn_buffer(x->net, c, 0, "%s.running_mean", name);
	var = nn_buffer(x->net, c, 1, "%s.running_var", name);
	batches = nn_buffer(x->net, scalar, 0, "%s.num_batches_tracked", name);
	if (!mean || !var || !batches)
		return NULL;
	return nn_batch_norm(x, w, b, &(struct nn_running_stats){ mean->x,
	    var->x, batches->x }, relu);
}
