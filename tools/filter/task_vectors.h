/*
 * task_vectors.h - merge models by task vectors, their differences to a base
 */
#ifndef TASK_VECTORS_H
#define TASK_VECTORS_H

#include "cli/cli.h"

struct merge {
	size_t		 n;		/* models */
	const double	*weight;	/* of each */
	double		 lambda;	/* scale of the sum of all */
	double		 drop;		/* DARE: probability of dropping */
	double		 keep;		/* fraction of changes kept */
	bool		 ties;		/* TIES: elect signs */
	uint64_t	 seed;		/* of drop */
};

struct cli_merger;

struct cli_merger	*cli_merger_open(const struct merge *);

/*
 * If keep is below 1, find each model's largest changes among a pool of
 * elements: while cli_merger_more returns true, call cli_merger_look for all
 * tensors of the pool, in the same order each time. t[0] is that of the base,
 * t[1] to t[n] are those of the models, all loaded.
 */
void	cli_merger_start(struct cli_merger *, uint64_t pool);
bool	cli_merger_more(struct cli_merger *);
void	cli_merger_look(struct cli_merger *, const struct ckpt_tensor t[]);

/* Store the merged tensor in dst, in the type of t[0]; tensors are in the order
 * of the pool. */
void	cli_merger_put(struct cli_merger *, void *dst,
	    const struct ckpt_tensor t[]);
void	cli_merger_close(struct cli_merger *);

#endif
