/*
 * tridiagonal.h - eigenvalues and eigenvectors of a tridiagonal matrix
 *
 * Inside libckpt. Each one is computed independently of how many are wanted.
 */
#ifndef CKPT_TRIDIAGONAL_H
#define CKPT_TRIDIAGONAL_H

#include <stdbool.h>
#include <stddef.h>

/* Symmetric, (n, n). */
struct spec_tridiagonal {
	size_t		 n;
	const double	*d;		/* (n): the diagonal */
	const double	*e;		/* (n): the subdiagonal; e[n-1] is 0 */
};

/* The k largest eigenvalues, in descending order, into w. Their error is near
 * 1e-16 of the largest magnitude. Returns 0, or -1 when out of memory. */
int	spec_tridiagonal_values(const struct spec_tridiagonal *, size_t k,
	    double *w);

/*
 * The eigenvectors of the k largest eigenvalues w into z: (k, n), orthogonal
 * to 1e-9. Returns 0, or -1 when out of memory, or when eigenvalues are too
 * close together for this method.
 */
int	spec_tridiagonal_vectors(const struct spec_tridiagonal *, size_t k,
	    const double *w, double *z);

#endif
