/*
 * deflation.h - the leading singular values of a matrix with their vectors, as
 * vectors of its smaller side (near) and of its larger one (far)
 *
 * Inside libckpt.
 */
#ifndef CKPT_TRIPLETS_H
#define CKPT_TRIPLETS_H

#include "spec.h"

struct spec_triplets {
	size_t	 n, side;	/* the smaller side, the larger one */
	size_t	 k;		/* triplets: what was asked for, or more */
	double	*s;		/* (k) */
	double	*near;		/* (k, n) */
	double	*far;		/* (k, side), or NULL where nobody wants it */
};

/* The first k of m, or all; fails as spec_vectors does. */
int	spec_triplets_open(struct spec_triplets *, const struct spec_matrix *m, size_t k,
	    bool far, char *err, size_t len);
void	spec_triplets_close(struct spec_triplets *);

#endif
