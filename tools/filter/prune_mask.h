/*
 * prune_mask.h - set weights to 0 by a mask: of magnitudes, random, or given
 */
#ifndef PRUNE_MASK_H
#define PRUNE_MASK_H

#include "matrix_filter.h"

struct cli_prune {
	double		 keep;		/* this fraction, the largest */
	bool		 layerwise;	/* of each matrix, not of all */
	const char	*random;	/* mask of these densities, or NULL */
	const char	*apply;		/* a mask, or NULL */
	uint64_t	 seed;
	bool		 mask;		/* write the mask, not the weights */
	const char	*report;	/* file for densities, or NULL */
	struct cli_matrix_filter	 scope;
};

/* Prune the checkpoints in these files into the output: the whole program. Dies
 * of failures. */
void	cli_prune_weights(char *paths[], const struct cli_prune *);

#endif
