/* log_sum.h - the logarithm of a sum of exponentials, accurate near 0 */
#ifndef NN_LOG_SUM_H
#define NN_LOG_SUM_H

#include <math.h>

#include "nn.h"

/* A sum this close to 1 loses digits of what is added to 1. */
#define NN_NEAR_ONE 1.125

/*
 * log(sum of e), e_j = exp(x_j - max x), given that sum in nn_real. The largest
 * e_j is 1: if the sum is close to it, the others are summed by themselves, in
 * double, so that the loss of a row that is predicted well is not rounded to a
 * multiple of 1e-7.
 */
static inline double
nn_log_sum(const nn_real *e, size_t m, nn_real sum)
{
	double others = 0;

	if (!(sum < (nn_real)NN_NEAR_ONE))
		return log((double)sum);
	#pragma omp simd reduction(+:others)
	for (size_t j = 0; j < m; j++)
		others += e[j] < 1 ? e[j] : 0;
	return log1p(others);
}

#endif
