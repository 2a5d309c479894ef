/* layer.c - layers: ops with parameters that they find or make by name */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "tape.h"

enum { NAME = 1000 };

struct nn_node *
nn_linear(struct nn_node *x, size_t out, const char *fmt, ...)
{
	struct nn_init init = { 0 };
	char name[NAME];
	va_list ap;

	if (x == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(name, sizeof name, fmt, ap);
	va_end(ap);
	init.bound = 1 / sqrt((double)nn_wide(x));
	return nn_affine(x,
	    nn_param(x->net, nn_shape(out, nn_wide(x)), init, "%s.weight", name),
	    nn_param(x->net, nn_shape(out), init, "%s.bias", name));
}

struct nn_node *
nn_layernorm(struct nn_node *x, const char *fmt, ...)
{
	struct nn_init one = { .value = 1 }, zero = { 0 };
	char name[NAME];
	va_list ap;

	if (x == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(name, sizeof name, fmt, ap);
	va_end(ap);
	return nn_normalize(x,
	    nn_param(x->net, nn_shape(nn_wide(x)), one, "%s.weight", name),
	    nn_param(x->net, nn_shape(nn_wide(x)), zero, "%s.bias", name));
}
