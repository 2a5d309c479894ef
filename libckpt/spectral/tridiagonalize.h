/*
 * tridiagonalize.h - reduction of a symmetric matrix to tridiagonal form by
 * Householder reflectors: A = Q T Q'
 *
 * Inside libckpt. A is (n, n), column-major with leading dimension
 * ld = SIMD_ROUND_UP(n), at an address aligned to SIMD_ALIGN. Only its lower
 * triangle is read, but memory holds ld columns, and all beyond n is 0.
 */
#ifndef CKPT_TRIDIAGONALIZE_H
#define CKPT_TRIDIAGONALIZE_H

#include <stddef.h>

/* T, and Q = H_0 H_1 ... H_(n-2), each H_k = I - tau_k v v'. */
struct spec_householder {
	double	*d;		/* (n): the diagonal of T */
	double	*e;		/* (n): its subdiagonal, e[n-1] = 0 */
	double	*tau;		/* (n) */
};

/* Overwrites a with the vectors v: that of H_k is column k from row k + 1 on,
 * where it is 1. Returns 0, or -1 when out of memory. */
int	spec_tridiagonalize(double *a, size_t n, struct spec_householder *);

/* Back-transformation: each of the k rows x of z, (k, n), becomes Q x. */
int	spec_apply_q(const double *a, size_t n, const struct spec_householder *,
	    double *z, size_t k);

#endif
