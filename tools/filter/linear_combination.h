/*
 * linear_combination.h - sums of tensors, part by part, in double
 */
#ifndef MIX_H
#define MIX_H

#include "cli/cli.h"

/* Are the elements real floating-point numbers? Others are not mixed. */
bool	cli_can_combine(const struct ckpt_tensor *);

/* n elements of t from i on, as a tensor. */
struct ckpt_tensor	cli_tensor_range(const struct ckpt_tensor *t, size_t i, size_t n);

/* The same as doubles. */
void	cli_range_doubles(double *dst, const struct ckpt_tensor *t, size_t i, size_t n);

/* dst = a x + b y, rounded to the type of x; dst may be x's or y's data where
 * the types are equal. */
void	cli_combine(void *dst, const struct ckpt_tensor *x, double a,
	    const struct ckpt_tensor *y, double b);

/* dst = x * mul / div, rounded to the type of dst. */
void	cli_combine_scaled(void *dst, enum ckpt_type, const struct ckpt_tensor *x, double mul,
	    double div);

/* Sums of products of x and y, of equal length. */
double	cli_dot(const struct ckpt_tensor *x, const struct ckpt_tensor *y);

/* What cannot be mixed comes from the first: warns, once, if y is not x. */
void	cli_warn_unequal(const struct ckpt_tensor *x, const struct ckpt_tensor *y);

#endif
