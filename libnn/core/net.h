/* net.h - struct nn: the tape, the parameters, and the state of libraries */
#ifndef NN_NET_H
#define NN_NET_H

#include "tape.h"

struct nn_named_param {
	char		*name;
	struct nn_node	 node;
};

/* Arrays of gradients that have been used, for the next ones. */
enum { FREE_GRADS = 8 };
struct nn_free_grad { nn_real *x; size_t len; };

struct nn {
	uint64_t	 seed;
	enum nn_mode	 mode;
	struct nn_team	*team;
	struct nn_arena	 arena;
	struct nn_node	**tape;
	size_t		 nodes, capacity;
	struct nn_free_grad free_grad[FREE_GRADS];
	int		 free_grads;

	struct nn_named_param **param;	/* pointers: nodes must not move */
	size_t		 params;
	nn_real		*weights, *gradients;	/* of all, after nn_seal */
	size_t		 len;			/* of each of the two */
	enum nn_precision precision;
	struct nn_onednn	*onednn;	/* NULL until it is used */
	char		 error[512];
};

void	nn_params_clear(struct nn *);	/* set gradients to 0 */
void	nn_params_free(struct nn *);

#endif
