/* moments.h - the moments of the elements of a tensor */
#ifndef MOMENTS_H
#define MOMENTS_H

#include "ckpt.h"

struct cli_values {
	uint64_t n;
	uint64_t nan,
	    inf;		/* how many of them; the rest is of the */
	double	 min, max, mean;	/* others */
	double	 variance;
	double	 skewness, kurtosis;	/* 0 and 3 for a normal distribution */
	uint64_t zeros_behind;		/* at the end */
};

/* The moments of a loaded tensor with real elements. */
void	cli_moments(const struct ckpt_tensor *, struct cli_values *);

/*
 * The distribution that the elements may have been drawn from: "uniform",
 * "normal", or NULL. The standard errors of skewness and kurtosis of n normal
 * values are sqrt(6 / n) and sqrt(24 / n), those of uniform ones smaller. NULL
 * if one is further than FOUR standard errors away, or if n is below 10000.
 */
const char *cli_moments_fresh(const struct cli_values *);

#endif
