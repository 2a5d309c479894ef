/*
 * tridiagonal.h - eigenvalues and eigenvectors of a matrix of three diagonals
 *
 * Inside libckpt. Each is found by itself, whatever else is asked for.
 */
#ifndef CKPT_TRIDIAGONAL_H
#define CKPT_TRIDIAGONAL_H

#include <stdbool.h>
#include <stddef.h>

/* Symmetric, (n, n). */
struct spec_tridiagonal {
	size_t		 n;
	const double	*d;		/* (n): the diagonal */
	const double	*e;		/* (n): the one below it; the last is 0 */
};

/* The k largest eigenvalues, the largest first, into w. Their error is near
 * 1e-16 of the largest magnitude. Returns 0, or -1 when memory is gone. */
int	spec_tridiagonal_values(const struct spec_tridiagonal *, size_t k, double *w);

/*
 * The eigenvectors of the k largest eigenvalues, which w has, into z: (k, n),
 * orthogonal to 1e-9. Returns 0, or -1 when memory is gone or some eigenvalues
 * are too close to tell their vectors apart.
 */
int	spec_tridiagonal_vectors(const struct spec_tridiagonal *, size_t k,
	    const double *w, double *z);

#endif
