/* optim.h - optimizers (AdamW, SGD), and clipping of gradients */
#ifndef NN_OPTIM_H
#define NN_OPTIM_H

#include "nn.h"

enum { NN_MOMENTS = 2 };

struct nn_optimizer {
	const struct nn_update_rule *rule;
	double		 lr, weight_decay;
	double		 beta1, beta2, eps;	/* of AdamW */
	double		 momentum;		/* of SGD */
	nn_real		*moment[NN_MOMENTS];	/* each as nn_weights */
};

struct nn_update_rule {
	const char	*name;			/* "adamw" */
	const char	*moment[NN_MOMENTS];	/* prefixes of their names in a
						 * state; NULL: no more */
	/* The t-th update, t = 1, 2, ... */
	void		(*step)(struct nn_optimizer *, struct nn *, uint64_t t);
};
extern const struct nn_update_rule nn_adamw, nn_sgd;
void	nn_adamw_step(struct nn_optimizer *, struct nn *, uint64_t t);
void	nn_sgd_step(struct nn_optimizer *, struct nn *, uint64_t t);

/* NULL for an unknown name. */
const struct nn_update_rule	*nn_find_update_rule(const char *name);

/* Allocate the moments of o->rule, and set them to 0. 0, or -1: out of memory.
 * nn_optimizer_close frees them. */
int	nn_optimizer_open(struct nn_optimizer *, const struct nn *);
void	nn_optimizer_close(struct nn_optimizer *);

/* The t-th update of all weights by their gradients, t = 1, 2, ... */
void	nn_optimizer_step(struct nn_optimizer *, struct nn *, uint64_t t);

/* Scale all gradients so that their norm together is at most max_norm (Pascanu
 * et al. 2013). Returns the norm that they had. */
double	nn_clip_grad(struct nn *, double max_norm);

#endif
