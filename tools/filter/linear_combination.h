/*
 * linear_combination.h - sums of tensors, part by part, in double
 */
#ifndef MIX_H
#define MIX_H

#include "cli/cli.h"

/* Are the elements real floating-point numbers? Others are not mixed. */
bool	mix_can(const struct tensor *);

/* n elements of t from i on, as a tensor. */
struct tensor	mix_part(const struct tensor *t, size_t i, size_t n);

/* The same as doubles. */
void	mix_doubles(double *dst, const struct tensor *t, size_t i, size_t n);

/* dst = a x + b y, rounded to the type of x; dst may be x's or y's data where
 * the types are equal. */
void	mix(void *dst, const struct tensor *x, double a,
	    const struct tensor *y, double b);

/* dst = x * mul / div, rounded to the type of dst. */
void	mix_scale(void *dst, enum ckpt_type, const struct tensor *x, double mul,
	    double div);

/* Sums of products of x and y, of equal length. */
double	mix_dot(const struct tensor *x, const struct tensor *y);

/* What cannot be mixed comes from the first: warns, once, if y is not x. */
void	mix_keep(const struct tensor *x, const struct tensor *y);

#endif
