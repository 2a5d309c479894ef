/*
 * eigen.h - the largest eigenvalues of a symmetric matrix, and their vectors
 *
 * Inside libckpt. The matrix is positive semidefinite but for rounding, and
 * lies in memory as tridiagonalize.h says; it is lost. Functions return 0, or -1 when
 * memory is gone or LAPACK, where it is needed, does not converge.
 */
#ifndef CKPT_EIGEN_H
#define CKPT_EIGEN_H

#include "tridiagonalize.h"

struct spec_eigen {
	size_t		 n;
	double		*a;		/* the caller's, to be kept until the end */
	struct spec_householder	 r;
};

/* All eigenvalues, without their vectors. */
int	spec_eigenvalues(double *a, size_t n, double *w);

int	spec_eigen_open(struct spec_eigen *, double *a, size_t n);
void	spec_eigen_close(struct spec_eigen *);

/* The k largest eigenvalues, the largest first, into w. */
int	spec_eigen_values(const struct spec_eigen *, size_t k, double *w);

/* The vectors of those, which w has, into z: (k, n). */
int	spec_eigen_vectors(const struct spec_eigen *, size_t k, const double *w,
	    double *z);

#endif
