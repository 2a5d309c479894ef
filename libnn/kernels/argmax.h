/* argmax.h - the largest element of a row, and whether it is at the label */
#ifndef NN_ARGMAX_H
#define NN_ARGMAX_H

#include "nn.h"

static inline nn_real
nn_row_max(const nn_real *x, size_t m)
{
	nn_real top = x[0];

	#pragma omp simd reduction(max:top)
	for (size_t j = 0; j < m; j++)
		top = x[j] > top ? x[j] : top;
	return top;
}

/* Whether argmax (the first one, of equal elements) is not the label. A NaN at
 * the label is an error. */
static inline bool
nn_is_misclassified(const nn_real *x, size_t m, int label)
{
	nn_real top = nn_row_max(x, m);

	if (!(x[label] >= top))
		return true;
	for (int j = 0; j < label; j++)
		if (x[j] >= top)
			return true;
	return false;
}

#endif
