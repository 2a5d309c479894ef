/*
 * esd.h - the empirical spectral density of a weight matrix: the eigenvalues
 * lambda_i = s_i^2 of W'W, their heavy tail and their random bulk
 *
 * Martin and Mahoney, Implicit self-regularization in deep neural networks
 * (JMLR 2021); names and definitions are those of WeightWatcher 0.7, except
 * where it is said. Everything works on n eigenvalues in ascending order.
 */
#ifndef ESD_H
#define ESD_H

#include <stddef.h>

/*
 * p(lambda) ~ lambda^-alpha from xmin on, as Clauset, Shalizi and Newman (SIAM
 * Review 2009) fit it: for every eigenvalue as xmin the most likely alpha,
 *
 *	alpha = 1 + k / sum_i ln(lambda_i / xmin)	over k lambda_i >= xmin,
 *
 * (eq. 3.1), and of these the one with the least Kolmogorov-Smirnov distance
 *
 *	D = max_i |1 - (lambda_i / xmin)^(1 - alpha) - i / k|	i = 0 ... k - 1.
 *
 * Of fewer than 20 eigenvalues k - 1 stands for k in alpha, and only tails of 8
 * and more are tried. Eigenvalues up to 1e-5 are left out.
 */
struct spec_esd_tail {
	double	alpha, xmin, D;
	double	sigma;		/* (alpha - 1) / sqrt(k), of alpha */
	size_t	k;		/* eigenvalues in the tail */
};

/* 0, or -1 where no tail can be fitted. */
int	spec_esd_fit_tail(const double *lambda, size_t n,
	    struct spec_esd_tail *);

/*
 * The bulk, as of a matrix (N, M), N >= M, of independent entries (Marchenko
 * and Pastur 1967), taps of them pooled: of variance sigma^2 / N, it has
 * eigenvalues from sigma^2 (1 - sqrt(M/N))^2 to sigma^2 (1 + sqrt(M/N))^2.
 * What is above the edge by more than the largest eigenvalue is by chance,
 * once in a hundred matrices (Tracy and Widom; Johnstone, Annals of Statistics
 * 2001, sec. 1.2), is a spike. The variance is that of what is no spike, found
 * by turns; WeightWatcher fits it to a smoothed density, and so differs.
 */
struct spec_esd_bulk {
	double	sigma;		/* of the eigenvalues divided by their mean */
	double	max;		/* the upper edge, in units of lambda */
	size_t	spikes;
};

void	spec_esd_fit_bulk(const double *lambda, size_t n, double N, double M,
	    struct spec_esd_bulk *);

/* log10 of sum_i lambda_i^p, whatever its size. */
double	spec_esd_log_norm(const double *lambda, size_t n, double p);

#endif
