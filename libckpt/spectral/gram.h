/*
 * gram.h - the Gram matrix of a matrix's smaller side, in double
 *
 * Inside libckpt.
 */
#ifndef CKPT_GRAM_H
#define CKPT_GRAM_H

#include "spec.h"

struct spec_gram {
	int		 n;		/* the smaller side */
	bool		 tall;		/* more rows than columns */
	bool		 zero;		/* all elements are 0 */
	int		 scale;		/* g is of A = m * 2^scale, in range */
	double		*g;		/* (n, n), as tridiagonalize.h has it: A A', or */
					/* A' A */
	double		*part;		/* where blocks of A are converted */
	size_t		 deep;		/* rows (tall) or columns of a block */
};

/* Fails for what has no spectrum, saying why. Free with spec_gram_close. */
int	spec_gram_open(struct spec_gram *, const struct spec_matrix *m, char *err,
	    size_t len);
void	spec_gram_close(struct spec_gram *);

/* The k rows (tall) or columns of A from at on into part: (k, n) or (n, k). */
void	spec_gram_block(struct spec_gram *, const struct spec_matrix *m, uint64_t at,
	    size_t k);

/* Is there memory for an array of so many doubles? what names it. */
int	spec_gram_fits(double doubles, const char *what, char *err, size_t len);

#endif
