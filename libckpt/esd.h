/*
 * esd.h - the empirical spectral density of a weight matrix W: the eigenvalues
 * lambda_i = s_i^2 of W'W, their heavy tail and their random bulk
 *
 * Martin and Mahoney, Implicit self-regularization in deep neural networks
 * (JMLR 2021); names and definitions are those of WeightWatcher 0.7, except
 * where noted. All functions take n eigenvalues in ascending order.
 */
#ifndef ESD_H
#define ESD_H

#include <stddef.h>

/*
 * A power law p(lambda) ~ lambda^-alpha above xmin, fitted as by Clauset,
 * Shalizi and Newman (SIAM Review 2009): for each eigenvalue as xmin, the
 * maximum likelihood estimate over the k eigenvalues lambda_i >= xmin,
 *
 *	alpha = 1 + k / sum_i ln(lambda_i / xmin)
 *
 * (eq. 3.1), and of these the one with the smallest Kolmogorov-Smirnov distance
 *
 *	D = max_i |1 - (lambda_i / xmin)^(1 - alpha) - i / k|	i = 0 ... k - 1.
 *
 * Of fewer than 20 eigenvalues, k - 1 replaces k in alpha, and only tails of 8
 * and more are tried. Eigenvalues up to 1e-5 are left out.
 */
struct spec_esd_tail {
	double	alpha, xmin, D;
	double	sigma;		/* standard error, (alpha - 1) / sqrt(k) */
	size_t	k;		/* eigenvalues in the tail */
};

/* 0, or -1 where no tail can be fitted. */
int	spec_esd_fit_tail(const double *lambda, size_t n,
	    struct spec_esd_tail *);

/*
 * The bulk, as of an (N, M) matrix, N >= M, of independent entries of variance
 * sigma^2 / N (Marchenko and Pastur 1967), the taps of a kernel pooled: its
 * eigenvalues are between sigma^2 (1 - sqrt(M/N))^2 and
 * sigma^2 (1 + sqrt(M/N))^2. An eigenvalue is a spike if it exceeds the edge by
 * more than the largest eigenvalue of one random matrix in a hundred does
 * (Tracy and Widom; Johnstone, Annals of Statistics 2001, sec. 1.2). The
 * variance is that of the other eigenvalues, and the two are iterated until the
 * spikes stay the same; WeightWatcher fits the variance to a smoothed density,
 * and so differs.
 */
struct spec_esd_bulk {
	double	sigma;		/* of the eigenvalues divided by their mean */
	double	max;		/* the upper edge, in units of lambda */
	size_t	spikes;
};

void	spec_esd_fit_bulk(const double *lambda, size_t n, double N, double M,
	    struct spec_esd_bulk *);

/* log10 of sum_i lambda_i^p, without overflow or underflow. */
double	spec_esd_log_norm(const double *lambda, size_t n, double p);

#endif
