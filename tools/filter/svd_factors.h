/*
 * svd_factors.h - U, S and Vh of every matrix of a stream, as a stream
 */
#ifndef FACTORS_H
#define FACTORS_H

#include <stddef.h>

/* Of each matrix NAME the first k triplets: NAME.U (rows, k), NAME.S (k) and
 * NAME.Vh (k, cols), in F32, or F64 where the matrix is. One that cannot be
 * decomposed is named and left out. Returns the exit status. */
int	cli_svd_factors(char *paths[], size_t k);

#endif
