/*
 * alignment_plan.h - links made definite: which parts of which tensors meet, and how
 */
#ifndef PAIRS_H
#define PAIRS_H

#include "links.h"
#include "spectral/submatrix.h"

/* A part of a tensor that is decomposed once, however many links it is in. */
struct part {
	struct ckpt_tensor	 t;		/* as it was when the plan was made */
	struct spec_submatrix	 cut;
	struct spec_matrix shape;
	int		 want;		/* of its sides */
	size_t		 k;		/* vectors */
};

/* Vectors of prev against vectors of next, which are slices of them: d
 * elements from skip on, step apart. */
struct end {
	size_t	 part;
	int	 side;			/* SPEC_U or SPEC_V */
	size_t	 skip, step, n;		/* n: vectors there are, at most k */
};

struct pair { struct end prev, next; };

/* A link, as one pair for each head, or one. */
struct cli_edge {
	const char	*from, *to;
	struct pair	*pair;
	size_t		 n;
	size_t		 d;
	double		 random;	/* E |<x, y>| if nothing is aligned */
	char		 error[200];	/* why there is no pair */
};

struct cli_plan {
	struct part	*part;
	size_t		 parts;
	struct cli_edge	*edge;
	size_t		 edges;
};

/* What the links mean for these n tensors, with k vectors each; those whose
 * tensors are not among them are left out. heads: of attention, 0 where only
 * l->width tells. The names are those of l and t, which must stay. */
void	cli_plan_make(struct cli_plan *, const struct cli_links *l, const struct ckpt_tensor *,
	    size_t n, size_t k, int64_t heads);
void	cli_plan_free(struct cli_plan *);

/* A_ij of eq. 3 for i of next and j of prev (from 0), the mean over the pairs;
 * f has the factors of every part. */
double	cli_edge_alignment(const struct cli_edge *, const struct spec_factors *f, size_t i,
	    size_t j);

#endif
