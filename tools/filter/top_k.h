/*
 * top_k.h - the k largest magnitudes of a pool of numbers, exactly
 *
 * The bits of |x| as a double, read as an integer, are in the order of
 * magnitudes (NaN above infinity). The pool is gone through two to four
 * times: each pass counts 17 bits more of the one place that matters. Memory
 * is one megabyte, whatever the size of the pool.
 */
#ifndef SELECT_H
#define SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_top_k {
	uint64_t	*count;		/* of this pass, by its bits */
	int		 shift;		/* where they are */
	int		 above;		/* where the bits known before begin */
	uint64_t	 key;		/* these: of the k-th */
	uint64_t	 below;		/* all bits seen under that place */
	uint64_t	 left;		/* how many of that place are chosen */
	bool		 more;		/* a pass is needed */
};

/* The part f of n, rounded down. */
uint64_t	cli_top_share(double f, uint64_t n);

/* Start for k of the pool, which has as many. While more: cli_top_add all of
 * it, cli_top_end. */
void	cli_top_start(struct cli_top_k *, uint64_t k);
void	cli_top_add(struct cli_top_k *, const double *x, size_t n);
void	cli_top_end(struct cli_top_k *);

/* Then, in the order of the pool: is each x chosen? The first of equal ones
 * are, so that there are k. */
void	cli_top_take(struct cli_top_k *, const double *x, size_t n,
	    unsigned char *chosen);
void	cli_top_free(struct cli_top_k *);

#endif
