/* optim.h - optimizers: AdamW and SGD, over all parameters as one array */
#ifndef NN_OPTIM_H
#define NN_OPTIM_H

#include "nn.h"

enum { NN_MOMENTS = 2 };

struct nn_optimizer {
	const struct nn_rule *rule;
	double		 lr, decay;		/* decay: of the weights */
	double		 beta1, beta2, eps;	/* of AdamW */
	double		 momentum;		/* of SGD */
	nn_real		*moment[NN_MOMENTS];	/* each as nn_weights */
};

/* A rule of updating, and what a state calls the moments it keeps. */
struct nn_rule {
	const char	*name;			/* "adamw" */
	const char	*moment[NN_MOMENTS];	/* prefixes; NULL: no more */
	void		(*step)(struct nn_optimizer *, struct nn *, uint64_t t);
};
extern const struct nn_rule nn_adamw, nn_sgd;

/* NULL for an unknown name. */
const struct nn_rule	*nn_find_rule(const char *name);

/* Make the moments of o->rule, zero. 0, or -1 when memory is gone. */
int	nn_optimizer_open(struct nn_optimizer *, const struct nn *);
void	nn_optimizer_close(struct nn_optimizer *);

/* Scale all gradients to this norm if theirs is larger (Pascanu et al. 2013).
 * Returns what it was. */
double	nn_clip_grad(struct nn *, double norm);

/* The t-th update, t = 1, 2, ... */
void	nn_optimizer_step(struct nn_optimizer *, struct nn *, uint64_t t);

#endif
