/* alignment_plan.h - which parts of which tensors are compared, by the links */
#ifndef ALIGNMENT_PLAN_H
#define ALIGNMENT_PLAN_H

#include "head_count.h"
#include "links.h"
#include "spec.h"

/* A submatrix of a tensor, which is decomposed once for all links it is in. */
struct part {
	struct ckpt_tensor	 t;		/* its shape when the plan was made */
	struct spec_submatrix	 cut;
	struct spec_matrix shape;
	int		 want;		/* of its sides */
	size_t		 k;		/* vectors */
};

/* The singular vectors compared at one end of a link: of each, d elements from
 * skip on, step apart. */
struct end {
	size_t	 part;
	int	 side;			/* SPEC_U or SPEC_V */
	size_t	 skip, step, n;		/* n: vectors available, at most k */
};

struct pair { struct end prev, next; };

/* A link: one pair, or one for each head. */
struct cli_edge {
	const char	*from, *to;
	struct pair	*pair;
	size_t		 n;
	size_t		 d;
	double		 random;	/* E |<x, y>| for random vectors */
	char		 error[320];	/* why it has no pair */
};

struct cli_plan {
	struct part	*part;
	size_t		 parts;
	struct cli_edge	*edge;
	size_t		 edges;
};

/* Make the plan for links between these n tensors, with k vectors each; links to
 * other tensors are ignored. A number of heads that is not known is inferred
 * from l->width. The names remain those of l and t. */
void	cli_plan_make(struct cli_plan *, const struct cli_links *l,
	    const struct ckpt_tensor *,
	    size_t n, size_t k, struct cli_head_count heads);
void	cli_plan_free(struct cli_plan *);

/* A_ij of eq. 3 for vectors i of next and j of prev (from 0), averaged over the
 * pairs; f has the factors of every part. */
double	cli_edge_alignment(const struct cli_edge *,
	    const struct spec_factors *f, size_t i,
	    size_t j);

#endif
