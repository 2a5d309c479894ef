/* silu.h - x / (1 + e^-x), in plain arithmetic as fastmath.h */
#ifndef NN_SWISH_H
#define NN_SWISH_H

#include "fastmath.h"

/* The derivative of x / (1 + e^-x). */
static inline nn_real
nn_silu_slope(nn_real x)
{
	nn_real s = nn_sigmoid(x);

	return s * (1 + x * (1 - s));
}

#endif
