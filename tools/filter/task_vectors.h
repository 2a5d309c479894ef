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

struct merger;

struct merger	*merger_open(const struct merge *);

/*
 * Where keep is below 1, find each model's largest changes. pool: how many
 * changes a model has; then, while merger_more says so, merger_look at all
 * tensors of the pool, in the same order each time. t[0] is the base's, t[1]
 * to t[n] are the models', all loaded.
 */
void	merger_start(struct merger *, uint64_t pool);
bool	merger_more(struct merger *);
void	merger_look(struct merger *, const struct tensor t[]);

/* The merged tensor into dst, in the type of t[0]; in the order of the pool. */
void	merger_put(struct merger *, void *dst, const struct tensor t[]);
void	merger_close(struct merger *);

#endif
