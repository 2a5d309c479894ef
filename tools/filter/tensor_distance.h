/*
 * tensor_distance.h - norms, distances and angles of tensors
 *
 * Sums of squares are scaled, so that they neither overflow nor underflow.
 */
#ifndef TENSOR_DISTANCE_H
#define TENSOR_DISTANCE_H

#include "ckpt.h"

/* Infinities that are equal in x and y differ by 0, and are left out of the
 * sums. */
struct cli_distance {
	double	 max_abs;	/* max |x_i - y_i|; exact for integers */
	double	 rel_frobenius;	/* |x - y| / |x|; 0 if both are equal */
	double	 cosine;	/* <x, y> / (|x| |y|); NaN if one is 0 */
};

/* Of two loaded tensors of the same length; all NaN for types without real
 * values. */
struct cli_distance	cli_distance(const struct ckpt_tensor *x,
	    const struct ckpt_tensor *y);

/* A power of two e: the sum of the squares of the elements of t times 2^-e is in
 * the range of a double, unless t has NaN or infinity. Mostly 0. */
int	cli_safe_exponent(const struct ckpt_tensor *t);

#endif
