/* train_state.h - what train_state.c and train_mask.c share */
#ifndef NN_TRAIN_STATE_H
#define NN_TRAIN_STATE_H

#include "train.h"

bool	nn_has_shape(const struct nn_node *, const struct ckpt_tensor *);

/* Fail since t is not what the parameter p wants: type, and its shape. */
int	nn_fail_misfit(const struct nn_run *, const struct nn_node *p,
	    const char *type, const struct ckpt_tensor *t);

#endif
