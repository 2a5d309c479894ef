/*
 * gram.h - the Gram matrix of a matrix's smaller dimension, in double
 *
 * Inside libckpt. A is the matrix m, or its transpose if m is tall, times a
 * power of two: it has n rows and at least as many columns.
 */
#ifndef CKPT_GRAM_H
#define CKPT_GRAM_H

#include "spec.h"

struct spec_gram {
	int		 n;		/* the smaller dimension of m */
	bool		 tall;		/* m has more rows than columns */
	bool		 zero;		/* all elements are 0 */
	int		 scale;		/* A is m * 2^scale, or its transpose */
	double		*g;		/* A A': (n, n), laid out for eigen.h */
	double		*block;		/* scratch for blocks of A */
	size_t		 width;		/* columns of A in a block */
};

/* Fails for matrices without a spectrum, saying why. Free with
 * spec_gram_close. */
int	spec_gram_open(struct spec_gram *, const struct spec_matrix *m,
	    char *err, size_t len);
void	spec_gram_close(struct spec_gram *);

/* Columns at to at + k of A into block: (n, k), or (k, n) if m is tall. */
void	spec_gram_block(struct spec_gram *, const struct spec_matrix *m,
	    uint64_t at, size_t k);

/* Do n doubles fit in half the memory? If not, -1; what names them in err. */
int	spec_check_memory(double n, const char *what, char *err, size_t len);

#endif
