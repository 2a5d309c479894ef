/*
 * trainer.h - what all trainers share: options, output, log, state, evaluation
 */
#ifndef TRAINER_H
#define TRAINER_H

#include "cli.h"
#include "train.h"

/* The values of the shared options. A trainer sets its defaults; of steps and
 * epochs, the one that is not given is -1. */
struct train_options {
	int64_t		 seed, steps, epochs, batch;
	double		 lr, decay, warmup, momentum;
	const char	*optimiser, *drops, *save;
	const char	*log, *state, *resume, *init;
	bool		 eval;
};
extern struct train_options train;

#define TRAIN_OPTS \
	{ 0, "seed", OPT_INT, "n", &train.seed, \
	    "of the split, the weights and the order", false }, \
	{ 0, "steps", OPT_INT, "n", &train.steps, \
	    "optimiser steps", true }, \
	{ 0, "epochs", OPT_INT, "n", &train.epochs, \
	    "passes over the examples, instead", true }, \
	{ 0, "batch", OPT_INT, "n", &train.batch, \
	    "examples of a step; 0: all", false }, \
	{ 0, "lr", OPT_NUM, "rate", &train.lr, "learning rate", false }, \
	{ 0, "warmup", OPT_NUM, "n", &train.warmup, \
	    "steps in which it rises from 0", false }, \
	{ 0, "weight-decay", OPT_NUM, "w", &train.decay, \
	    "of AdamW, on all parameters", false }, \
	{ 0, "save", OPT_STR, "when", &train.save, \
	    "write weights: every n steps, or epochs", false }, \
	{ 0, "log", OPT_STR, "file", &train.log, \
	    "write a table of losses", true }, \
	{ 0, "state", OPT_STR, "file", &train.state, \
	    "keep all that --resume needs", true }, \
	{ 0, "resume", OPT_STR, "file", &train.resume, \
	    "go on from such a state", true }, \
	{ 0, "init", OPT_STR, "file", &train.init, \
	    "start from its last checkpoint", false }, \
	{ 0, "eval", OPT_FLAG, NULL, &train.eval, \
	    "print losses of the checkpoints in file", false }

/* Options of trainers by gradient descent with momentum. */
#define TRAIN_SGD \
	{ 0, "momentum", OPT_NUM, "m", &train.momentum, \
	    "of gradient descent", false }, \
	{ 0, "lr-drops", OPT_STR, "list", &train.drops, \
	    "epochs from which lr is a tenth: 82,123", false }

/* Options of trainers on images. */
#define TRAIN_IMAGES(data, subset) \
	{ 'd', "data", OPT_STR, "path", data, \
	    "CIFAR-10 or IDX files: folder or archive", true }, \
	{ 0, "subset", OPT_INT, "n", subset, \
	    "train on n images only", false }

/* A trainer: its options, its settings made of them, and how long it trains
 * if that is not said (one of steps and epochs is -1). */
struct trainer {
	struct cli	 cli;
	void		(*settings)(struct nn_conf *);
	int64_t		 steps, epochs;
};

/* The whole program; settings must set net.model. Returns the exit status. */
int	train_main(int argc, char *argv[], const struct trainer *);

/* The settings of a trainer on images; says how to get some if data is NULL. */
void	train_images(struct nn_conf *, const char *data, int64_t subset);

/* ------------------------------------------------- among trainer*.c only */

/* Set a key; dies when memory is gone. */
#define set(conf, key, ...) \
	(nn_conf_set(conf, key, __VA_ARGS__) < 0 ? die("out of memory") : (void)0)

/* The same for a number, as short as it can be. */
void	train_number(struct nn_conf *, const char *key, double);

/* A run with these settings, or the end of the program. */
void	train_open(struct nn_run *, const struct nn_conf *);

/* Weights (with moments) of the last checkpoint in this file, and its step;
 * its settings must be those of the run if moments are wanted. */
uint64_t	train_load(struct nn_run *, const char *path, bool moments);

/* --eval: a table of losses of these files, whose own keys go before conf. */
void	train_eval(char *paths[], const struct nn_conf *conf);

/* The output stream. A resumed run begins with what was written before. */
struct ckpt_wr	*train_output(const struct nn_run *);
void		 train_output_end(struct ckpt_wr *);

/* Whether weights are written at this step. */
bool	train_due(const struct nn_run *, uint64_t step);

/* Write the state file, whole or not at all. */
void	train_keep(const struct nn_run *);

/* The log; without --log nothing happens. */
void	log_start(const struct nn_run *);
void	log_row(const struct nn_run *, const char *split, double loss,
	    double error);
void	log_end(void);

#endif
