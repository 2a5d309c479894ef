/*
 * deflation.h - the leading singular triplets of a matrix
 *
 * Inside libckpt. A is the matrix m, or its transpose if m is tall, so that it
 * has at least as many columns as rows: A v_i = s_i u_i.
 */
#ifndef CKPT_DEFLATION_H
#define CKPT_DEFLATION_H

#include "spec.h"

struct spec_triplets {
	size_t	 rows, cols;	/* of A */
	size_t	 k;		/* triplets: as many as asked for, or more */
	double	*s;		/* (k) */
	double	*u;		/* (k, rows): left singular vectors */
	double	*v;		/* (k, cols): right ones; NULL if not needed */
};

/* The first k triplets of m, or all, with the right vectors if right is set.
 * Fails as spec_svd does; s, u and v are then NULL, else freed by the caller. */
int	spec_triplets_open(struct spec_triplets *, const struct spec_matrix *m,
	    size_t k, bool right, char *err, size_t len);

#endif
