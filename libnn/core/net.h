/* net.h - what a network holds; for tape.c and param.c */
#ifndef NN_NET_H
#define NN_NET_H

#include "tape.h"

struct spare { nn_real *x; size_t len; };

struct nn_named {
	char		*name;
	struct nn_node	 node;
};

enum { SPARES = 8 };

struct nn {
	uint64_t	 seed;
	enum nn_mode	 mode;
	struct nn_team	*team;
	struct nn_arena	 arena;
	struct nn_node	**tape;
	size_t		 nodes, room;
	struct spare	 spare[SPARES];	/* gradients no longer wanted */
	int		 spares;

	struct nn_named	**param;	/* pointers: nodes must not move */
	size_t		 params;
	nn_real		*weights, *gradients;	/* all of them, once sealed */
	size_t		 len;
	enum nn_products products;
	struct onednn	*onednn;	/* conv_onednn.c's, once it is needed */
	char		 error[512];
};

void	nn_params_clear(struct nn *);	/* zero gradients */
void	nn_params_free(struct nn *);

#endif
