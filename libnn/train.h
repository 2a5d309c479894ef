/*
 * train.h - training runs: a model, its data set, an optimizer, their state
 *
 * A run is a function of its settings and of the number of steps: one that is
 * interrupted and resumed gives the same bytes. Processes (distributed.h) that
 * make the same calls make one run together, each with a range of every batch.
 */
#ifndef NN_TRAIN_H
#define NN_TRAIN_H

#include "ckpt.h"
#include "models.h"
#include "optim.h"

enum { NN_ARRAYS = 1 + NN_MOMENTS };	/* of a parameter: weight, moments */

struct nn_run {
	const struct nn_model *model;
	const struct nn_conf *conf;	/* the caller's */
	struct nn	*net;
	struct nn_data	 data;
	struct nn_optimizer optimizer;
	uint64_t	 step;		/* optimizer steps made */

	size_t		 batch;		/* examples of a step */
	size_t		 micro;		/* examples of a micro-batch */
	struct nn_batch	 now;
	int		*order;		/* training examples in this epoch */
	uint64_t	 epoch;		/* of that order, if ordered */
	bool		 ordered;
	bool		*loaded;	/* (parameters, NN_ARRAYS) */
	nn_real		*mask;		/* as nn_weights, 0 or 1; NULL: none */
	char		 name[CKPT_NAME + 1];	/* nn_run_missing's */
};

/*
 * Start at step 0, with the model, data and optimizer of the settings. 0, or
 * -1: nn_error(run->net), or out of memory if that is NULL. To be closed in any
 * case.
 */
int	nn_run_open(struct nn_run *, const struct nn_conf *, int threads);
void	nn_run_close(struct nn_run *);

/* For a run without data, of which model, conf and net are set and whose
 * network has all its parameters: make it ready to load weights. 0 or -1. */
int	nn_run_seal(struct nn_run *);

/* One optimizer step; *loss is that of its batch before the update. 0 or -1. */
int	nn_run_step(struct nn_run *, double *loss);

/* Mean loss and error rate (NaN if the model counts no errors) over the first
 * count examples of a split, 0 for all. 0 or -1. */
int	nn_run_eval(struct nn_run *, enum nn_split, size_t count, double *loss,
	    double *error);

/* How many examples that is. */
size_t	nn_run_eval_count(const struct nn_run *, enum nn_split, size_t count);

/* Recompute the running statistics of batch normalization: averages over the
 * batches of the first count training examples, 0 for all. 0 or -1. */
int	nn_run_recompute_norm(struct nn_run *, size_t count);

/* The learning rate of the next step, from train.lr, train.warmup,
 * train.schedule, train.horizon, train.lr_floor and train.lr_drops. */
double		nn_run_lr(const struct nn_run *);

/* Steps of an epoch. */
uint64_t	nn_run_epoch_steps(const struct nn_run *);

/* ------------------------------------------------------------- masks */

/* Add a loaded tensor to the mask: the weight of that name is 0 wherever the
 * tensor is 0. 0 or -1. */
int	nn_run_set_mask(struct nn_run *, const struct ckpt_tensor *);

/* Set the masked weights to 0, as each nn_run_step does. */
void	nn_run_apply_mask(struct nn_run *);

/* ------------------------------------------------------- checkpoints */

/* Begin a checkpoint of that step, with the settings as keys; write the
 * weights and, if moments, the optimizer's. 0 or -1: ckpt_wr_error. */
int	nn_run_begin(const struct nn_run *, struct ckpt_wr *, uint64_t step);
int	nn_run_put(const struct nn_run *, struct ckpt_wr *, bool moments);

/* Copy a loaded tensor to the weight (or, if moments, the moment) of its name.
 * 1; 0 if no weight has that name; -1 after nn_fail, if it has another shape or
 * is not of a floating type. */
int	nn_run_load_tensor(struct nn_run *, const struct ckpt_tensor *,
	    bool moments);

/* The name of a weight (or moment) that was not loaded since the last call of
 * this function; NULL: none is missing. */
const char	*nn_run_missing(struct nn_run *, bool moments);

#endif
