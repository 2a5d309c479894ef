/* linear_combination.h - linear combinations of tensors, in double */
#ifndef LINEAR_COMBINATION_H
#define LINEAR_COMBINATION_H

#include "cli/cli.h"

/* Are the elements real floating-point numbers? Others are not combined. */
bool	cli_can_combine(const struct ckpt_tensor *);

/* Elements i to i + n - 1 of t, as a tensor. */
struct ckpt_tensor	cli_tensor_range(const struct ckpt_tensor *t, size_t i,
	    size_t n);

/* The same as doubles. */
void	cli_range_doubles(double *dst, const struct ckpt_tensor *t, size_t i,
	    size_t n);

/* dst = a x + b y, rounded to the type of x; dst may be the data of x or y if
 * their types are equal. */
void	cli_combine(void *dst, const struct ckpt_tensor *x, double a,
	    const struct ckpt_tensor *y, double b);

/* dst = x * mul / div, rounded to the type of dst. */
void	cli_combine_scaled(void *dst, enum ckpt_type,
	    const struct ckpt_tensor *x, double mul,
	    double div);

/* Tensors that are not combined come from the first checkpoint: warn once if y
 * differs from x. */
void	cli_warn_unequal(const struct ckpt_tensor *x,
	    const struct ckpt_tensor *y);

#endif
