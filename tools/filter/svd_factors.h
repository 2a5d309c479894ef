/*
 * svd_factors.h - U, S and Vh of every matrix of a stream, as a stream
 */
#ifndef SVD_FACTORS_H
#define SVD_FACTORS_H

#include <stddef.h>

/* The first k singular triplets of each matrix NAME: NAME.U (rows, k), NAME.S
 * (k) and NAME.Vh (k, cols), in F32, or F64 where the matrix is. A matrix that
 * cannot be decomposed is reported and left out. Returns the exit status. */
int	cli_svd_factors(char *paths[], size_t k);

#endif
