/*
 * moments.h - what the values of a tensor look like
 */
#ifndef VALUES_H
#define VALUES_H

#include "ckpt.h"

struct cli_values {
	uint64_t n;
	uint64_t nan, inf;		/* so many of them; the rest is of the */
	double	 min, max, mean;	/* others */
	double	 variance;
	double	 skewness, kurtosis;	/* 0 and 3 for a normal distribution */
	uint64_t zeros_behind;		/* the last ones */
};

/* Of a loaded tensor with elements that are real numbers. */
void	cli_moments(const struct ckpt_tensor *, struct cli_values *);

/*
 * The distribution from which they may just have been drawn: "uniform",
 * "normal", or NULL. Skewness and kurtosis of n values err by sqrt(6 / n) and
 * sqrt(24 / n), if they are normal; less if they are uniform. What is further
 * than FOUR such errors away, and any n below 10000, is NULL.
 */
const char *cli_moments_fresh(const struct cli_values *);

#endif
