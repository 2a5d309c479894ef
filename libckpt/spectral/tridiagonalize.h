/*
 * tridiagonalize.h - a symmetric matrix to three diagonals: A = Q T Q'
 *
 * Inside libckpt. A is (n, n), by columns of ld = WHOLE(n) elements, at an
 * ALIGNED address; only its lower triangle counts, but there is room for ld
 * columns, and whatever is beyond n is 0.
 */
#ifndef CKPT_REDUCE_H
#define CKPT_REDUCE_H

#include <stddef.h>

/* Q = H_0 H_1 ... H_(n-2), each H_k = 1 - tau_k v v'. */
struct spec_householder {
	double	*d;		/* (n): the diagonal of T */
	double	*e;		/* (n): the one below it, e[n-1] = 0 */
	double	*tau;		/* (n) */
};

/* a becomes the v: that of H_k is column k from row k + 1 on, where it is 1.
 * Returns 0, or -1 when memory is gone. */
int	spec_tridiagonalize(double *a, size_t n, struct spec_householder *);

/* Each of k rows x of z, (k, n), becomes Q x. */
int	spec_apply_q(const double *a, size_t n, const struct spec_householder *,
	    double *z, size_t k);

#endif
