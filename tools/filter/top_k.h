/*
 * top_k.h - the k largest magnitudes of a pool of numbers, exactly
 *
 * The bits of |x| as a double, read as an integer, are in the order of
 * magnitudes (NaN above infinity). Two to four passes over the pool each find 17
 * more bits of the k-th magnitude, by a histogram. Memory is one megabyte, for
 * any size of the pool.
 */
#ifndef TOP_K_H
#define TOP_K_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_top_k {
	uint64_t	*count;		/* the histogram of this pass */
	int		 shift;		/* where they are */
	int		 above;		/* where the bits known before begin */
	uint64_t	 key;		/* these: of the k-th */
	uint64_t	 below;		/* all bits seen under that place */
	uint64_t	 left;		/* how many of that place are chosen */
	bool		 more;		/* a pass is needed */
};

/* f n, rounded down. */
uint64_t	cli_top_share(double f, uint64_t n);

/* Start to find the k largest of a pool. While more is true: cli_top_add for all
 * of the pool, then cli_top_end. */
void	cli_top_start(struct cli_top_k *, uint64_t k);
void	cli_top_add(struct cli_top_k *, const double *x, size_t n);
void	cli_top_end(struct cli_top_k *);

/* Then, in the order of the pool: is each x among the k largest? Of equal ones,
 * the first are. */
void	cli_top_take(struct cli_top_k *, const double *x, size_t n,
	    unsigned char *chosen);
void	cli_top_free(struct cli_top_k *);

#endif
