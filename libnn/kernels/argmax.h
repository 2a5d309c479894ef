/* argmax.h - which entry of a row is the largest, and is it the right one? */
#ifndef NN_LARGEST_H
#define NN_LARGEST_H

#include "nn.h"

static inline nn_real
nn_argmax_value(const nn_real *x, size_t m)
{
	nn_real top = x[0];

	#pragma omp simd reduction(max:top)
	for (size_t j = 0; j < m; j++)
		top = x[j] > top ? x[j] : top;
	return top;
}

/* Is the first of the largest entries somewhere else? NaN is always wrong. */
static inline bool
nn_is_wrong(const nn_real *x, size_t m, int label)
{
	nn_real top = nn_argmax_value(x, m);

	if (!(x[label] >= top))
		return true;
	for (int j = 0; j < label; j++)
		if (x[j] >= top)
			return true;
	return false;
}

#endif
