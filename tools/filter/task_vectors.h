/*
 * task_vectors.h - what models that were tuned from one base learned, added to it
 */
#ifndef MERGE_H
#define MERGE_H

#include "cli/cli.h"

struct merge {
	size_t		 n;		/* models */
	const double	*weight;	/* of each */
	double		 lambda;	/* of what they learned, together */
	double		 drop;		/* chance of a change to be dropped */
	double		 keep;		/* this part of each model's changes */
	bool		 ties;		/* the mean of those of one sign */
	uint64_t	 seed;		/* of what is dropped */
};

struct cli_merger;

struct cli_merger	*cli_merger_open(const struct merge *);

/*
 * Where keep is below 1, find each model's largest changes. pool: how many
 * changes a model has; then, while cli_merger_more says so, cli_merger_look at all
 * tensors of the pool, in the same order each time. t[0] is the base's, t[1]
 * to t[n] are the models', all loaded.
 */
void	cli_merger_start(struct cli_merger *, uint64_t pool);
bool	cli_merger_more(struct cli_merger *);
void	cli_merger_look(struct cli_merger *, const struct ckpt_tensor t[]);

/* The merged tensor into dst, in the type of t[0]; in the order of the pool. */
void	cli_merger_put(struct cli_merger *, void *dst, const struct ckpt_tensor t[]);
void	cli_merger_close(struct cli_merger *);

#endif
