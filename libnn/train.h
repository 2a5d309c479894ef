/*
 * train.h - a training run: a model, its data, an optimizer, and their state
 *
 * Processes (distributed.h) that make the same calls make one run: each goes through
 * a part of every batch and of what is evaluated.
 *
 * Everything is a function of the settings and of the number of steps made,
 * so a run that is stopped and taken up again gives the same bytes.
 */
#ifndef NN_TRAIN_H
#define NN_TRAIN_H

#include "ckpt.h"
#include "models.h"
#include "optim.h"

enum { NN_ARRAYS = 1 + NN_MOMENTS };	/* weights, and moments of each */

struct nn_run {
	const struct nn_model *model;
	const struct nn_conf *conf;	/* the caller's */
	struct nn	*net;
	struct nn_data	 data;
	struct nn_optimizer optimizer;
	uint64_t	 step;		/* optimizer steps made */

	size_t		 batch;		/* examples of a step */
	size_t		 micro;		/* so many of them at once */
	struct nn_batch	 now;
	int		*order;		/* training examples in this epoch */
	uint64_t	 epoch;
	bool		 ordered;
	bool		*taken;		/* by array and parameter */
	nn_real		*mask;		/* as nn_weights: 0 or 1; NULL: none */
	char		 name[CKPT_NAME + 1];
};

/*
 * Start at step 0. Settings: train.seed, train.optimiser,
 * train.weight_decay, train.momentum, train.beta1, train.beta2, train.batch
 * (0: all), train.micro (so many of a batch are gone through at once, 0: all),
 * train.clip (the largest norm of all gradients, 0: any), train.precision (f32,
 * exact, bf16: as nn_products), those of nn_run_rate, and the model's. 0, or -1: nn_error(run->net), or memory is gone if that is
 * NULL. Close it in any case.
 */
int	nn_run_open(struct nn_run *, const struct nn_model *,
	    const struct nn_conf *, int threads);
void	nn_run_close(struct nn_run *);

/* For a network that has all its parameters and no data: now it can take
 * weights. What must be set is model, conf and net. 0 or -1. */
int	nn_run_ready(struct nn_run *);

/* One optimizer step; *loss is that of its batch, before it. 0 or -1. */
int	nn_run_step(struct nn_run *, double *loss);

/* Mean loss and part of wrong answers (NaN if the model counts none) over a
 * split, or its first examples: count of them, 0 for all. 0 or -1. */
int	nn_run_eval(struct nn_run *, enum nn_split, size_t count, double *loss,
	    double *error);
size_t	nn_run_count(const struct nn_run *, enum nn_split, size_t count);

/* Replace what batch normalization remembers by plain means over the batches
 * of the training split, or of its first examples: count of them, 0 for all.
 * Without such layers nothing happens. 0 or -1. */
int	nn_run_recompute_norm(struct nn_run *, size_t count);

/*
 * Train under a mask: take a tensor of it, named as its weight, 0 where that
 * is to be 0 from now on. Tensors that are not in the mask are whole. 0 or -1.
 */
int	nn_run_mask(struct nn_run *, const struct ckpt_tensor *);
void	nn_run_apply_mask(struct nn_run *);

/*
 * The learning rate of the next step. Settings: train.lr; train.warmup (steps
 * over which it rises from 0); train.lr_drops (epochs from which it is a tenth:
 * "82,123"); train.schedule: constant; cosine (half a wave from lr, where the
 * warm-up ends, down to train.lr_floor * lr after train.horizon steps more); or
 * cosine-epochs (the same by epochs, constant inside each).
 */
double		nn_run_rate(const struct nn_run *);

/* Steps of an epoch. */
uint64_t	nn_run_epoch_steps(const struct nn_run *);

/* Start a checkpoint of a step, with the settings as keys. 0 or -1:
 * ckpt_wr_error. */
int	nn_run_begin(const struct nn_run *, struct ckpt_wr *, uint64_t step);

/* Put the weights, with moments also those of the optimizer. 0 or -1. */
int	nn_run_put(const struct nn_run *, struct ckpt_wr *, bool moments);

/* Take a loaded tensor: 1 if it is a weight (or a moment, when they are
 * wanted), 0 if it is not; -1 if it does not fit: nn_error. */
int	nn_run_take(struct nn_run *, const struct ckpt_tensor *, bool moments);

/* The name of one that was not taken since the last call, or NULL. */
const char	*nn_run_missing(struct nn_run *, bool moments);

#endif
