/*
 * prune_mask.h - set weights to zero by a mask, made here or given
 */
#ifndef MASKS_H
#define MASKS_H

#include "matrix_filter.h"

struct cli_prune {
	double		 keep;		/* this part of the magnitudes */
	bool		 layerwise;	/* of each matrix, not of all */
	const char	*random;	/* density of this mask, or NULL */
	const char	*apply;		/* this mask itself, or NULL */
	uint64_t	 seed;
	bool		 mask;		/* write the mask, not what it leaves */
	const char	*report;	/* file for densities, or NULL */
	struct cli_matrix_filter	 scope;
};

void	cli_prune_weights(char *paths[], const struct cli_prune *);

#endif
