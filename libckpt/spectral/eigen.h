/*
 * eigen.h - the largest eigenvalues and eigenvectors of a symmetric matrix
 *
 * Inside libckpt. The matrix is positive semidefinite up to rounding errors,
 * stored as in tridiagonalize.h, and overwritten. Functions return 0, or -1
 * when out of memory, or when LAPACK does not converge.
 */
#ifndef CKPT_EIGEN_H
#define CKPT_EIGEN_H

#include "tridiagonalize.h"

/* A matrix in tridiagonal form. */
struct spec_eigen {
	size_t		 n;
	double		*a;		/* the caller's: the reflectors */
	struct spec_householder	 r;
};

/* All eigenvalues, in descending order, into w; nothing else is kept. */
int	spec_eigenvalues(double *a, size_t n, double *w);

int	spec_eigen_open(struct spec_eigen *, double *a, size_t n);
void	spec_eigen_close(struct spec_eigen *);

/* The k largest eigenvalues, in descending order, into w. */
int	spec_eigen_values(const struct spec_eigen *, size_t k, double *w);

/* The eigenvectors of the k largest eigenvalues w into z: (k, n). */
int	spec_eigen_vectors(const struct spec_eigen *, size_t k, const double *w,
	    double *z);

#endif
