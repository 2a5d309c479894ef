/*
 * trainer.h - what the trainers share: options, loop, output, log, evaluation
 */
#ifndef TRAINER_H
#define TRAINER_H

#include "cli/cli.h"
#include "train.h"

/* ------------------------------------------------------------- programs */

/* The values of the shared options; a trainer sets its defaults. */
struct cli_train_options {
	int64_t		 seed, batch, micro;
	int64_t		 steps, epochs;		/* -1: not given */
	const char	*precision;

	double		 lr, warmup, decay, clip;
	const char	*optimizer;		/* NULL: AdamW */
	double		 momentum;
	double		 beta1, beta2;		/* 0: the default */
	const char	*drops;
	const char	*schedule;		/* NULL: constant */
	int64_t		 horizon;
	double		 floor;

	const char	*save, *log, *state;
	const char	*resume, *init, *branch, *mask, *perturb;
	int64_t		 keep_states;

	bool		 eval, recompute_norm;
	const char	*eval_on;
	int64_t		 eval_count, norm_count;
};
extern struct cli_train_options cli_train;

#define TRAIN_OPTS \
	{ 0, "seed", OPT_COUNT, "n", &cli_train.seed, \
	    "seed of the weights and the order of examples", false }, \
	{ 0, "steps", OPT_COUNT, "n", &cli_train.steps, \
	    "optimizer steps", true }, \
	{ 0, "epochs", OPT_COUNT, "n", &cli_train.epochs, \
	    "passes over the training set, instead of steps", true }, \
	{ 0, "batch", OPT_COUNT, "n", &cli_train.batch, \
	    "batch size; 0: the training set", false }, \
	{ 0, "lr", OPT_AMOUNT, "rate", &cli_train.lr, "learning rate", false }, \
	{ 0, "warmup", OPT_AMOUNT, "n", &cli_train.warmup, \
	    "steps over which it rises from 0", false }, \
	{ 0, "weight-decay", OPT_AMOUNT, "w", &cli_train.decay, \
	    "weight decay, of all parameters", false }, \
	{ 0, "precision", OPT_STR, "type", &cli_train.precision, \
	    "of operands of matrix products: f32, bf16", false }, \
	{ 0, "save", OPT_STR, "when", &cli_train.save, \
	    "save weights: every n steps, or epochs", false }, \
	{ 0, "log", OPT_STR, "file", &cli_train.log, \
	    "write a table of losses, a row per save", true }, \
	{ 0, "state", OPT_STR, "file", &cli_train.state, \
	    "write weights and moments at each save", true }, \
	{ 0, "resume", OPT_STR, "file", &cli_train.resume, \
	    "continue the run of such a state", true }, \
	{ 0, "keep-states", OPT_COUNT, "n", &cli_train.keep_states, \
	    "keep the states of the first n saves too", false }, \
	{ 0, "branch", OPT_STR, "file", &cli_train.branch, \
	    "continue from such a state, with another seed", false }, \
	{ 0, "init", OPT_STR, "file", &cli_train.init, \
	    "start with the weights of its last checkpoint", false }, \
	{ 0, "mask", OPT_STR, "file", &cli_train.mask, \
	    "keep weights at 0 where this mask is false", false }, \
	{ 0, "perturb", OPT_STR, "s[@step]", &cli_train.perturb, \
	    "add noise to the weights, of relative norm s", false }, \
	{ 0, "eval", OPT_FLAG, NULL, &cli_train.eval, \
	    "print the losses of stored checkpoints", false }, \
	{ 0, "eval-on", OPT_STR, "list", &cli_train.eval_on, \
	    "only these splits: train, val", false }, \
	{ 0, "eval-count", OPT_COUNT, "n", &cli_train.eval_count, \
	    "only the first n examples of each split", false }, \
	{ 0, "recompute-norm", OPT_FLAG, NULL, &cli_train.recompute_norm, \
	    "recompute the statistics of batch norm", false }, \
	{ 0, "norm-count", OPT_COUNT, "n", &cli_train.norm_count, \
	    "on the first n training examples", false }

/* Options of trainers that use SGD. */
#define TRAIN_SGD \
	{ 0, "momentum", OPT_BELOW_ONE, "m", &cli_train.momentum, \
	    "momentum of SGD", false }, \
	{ 0, "lr-drops", OPT_COUNTS, "list", &cli_train.drops, \
	    "epochs at which lr is divided by 10: 82,123", false }

/* Options of trainers of large models. */
#define TRAIN_SCHEDULE \
	{ 0, "schedule", OPT_STR, "name", &cli_train.schedule, \
	    "of lr: constant, cosine or cosine-epochs", false }, \
	{ 0, "horizon", OPT_COUNT, "n", &cli_train.horizon, \
	    "steps or epochs of the cosine; 0: to the end", false }, \
	{ 0, "lr-floor", OPT_FRACTION, "f", &cli_train.floor, \
	    "fraction of lr at the end of the cosine", false }, \
	{ 0, "clip", OPT_AMOUNT, "norm", &cli_train.clip, \
	    "clip gradients to this norm; 0: do not", false }, \
	{ 0, "micro", OPT_COUNT, "n", &cli_train.micro, \
	    "accumulate gradients over n examples; 0: all", false }

/* Options of trainers on images. */
#define TRAIN_IMAGES(data, subset) \
	{ 'd', "data", OPT_STR, "path", data, \
	    "CIFAR-10 or IDX files: folder, archive, set", true }, \
	{ 0, "subset", OPT_COUNT, "n", subset, \
	    "train on n images only", false }

/* A trainer, and how long it trains unless an option says: one of steps and
 * epochs is -1. */
struct cli_trainer {
	struct cli	 cli;

	/* Set what its options say; net.model is required. */
	void		(*set_options)(struct nn_conf *);

	/* Sample or transcribe with the checkpoints in paths and return true,
	 * if an option asks for it. NULL: none does. */
	bool		(*infer)(char *paths[], struct nn_conf *);

	/* Add settings that are computed from data unless a checkpoint has
	 * them. NULL: it has none. */
	void		(*complete)(struct nn_conf *);
	int64_t		 steps, epochs;
};

/* The whole program. Returns the exit status. */
int	cli_train_main(int argc, char *argv[], const struct cli_trainer *);

/* ------------------------------------------------------------- settings */

/* Set a key; dies if out of memory. */
#define cli_train_set(conf, key, ...) \
	(nn_conf_set(conf, key, __VA_ARGS__) < 0 ? \
	    cli_die("out of memory") : (void)0)

/* Set a key to the value of an option. TRAIN_DEFAULT, or NaN: it was not given;
 * then to the default of the setting, unless the key is set. */
#define TRAIN_DEFAULT INT64_MIN
void	cli_train_set_int(struct nn_conf *, const char *key, int64_t);
void	cli_train_set_double(struct nn_conf *, const char *key, double);

/* The settings of a trainer on images. Without data it is an installed set, or
 * a usage error that says how to get one. */
void	cli_train_set_images(struct nn_conf *, const char *data,
	    int64_t subset);

/* The settings among a checkpoint's keys, which replace those of conf. */
void	cli_train_set_keys(struct nn_conf *conf, const struct ckpt_rd *);

/* ----------------------------------------------------------------- runs */

/* All of the following die of an error. */

/* Open a run with these settings. */
void	cli_train_open_run(struct nn_run *, const struct nn_conf *);

/* The settings of a checkpoint: its keys, and options for all others. */
struct cli_train_settings {
	const struct nn_conf *options;
	void		(*complete)(struct nn_conf *);	/* as of a trainer */
	struct nn_conf	 conf;
};

/* Open the run r, or close and open it if its settings are not those of the
 * checkpoint; settings: a struct cli_train_settings. */
void	cli_train_reopen(struct nn_run *r, struct ckpt_rd *, void *settings);

/* Load the weights (and moments) of the checkpoint: all must be there. */
void	cli_train_load_checkpoint(struct nn_run *, struct ckpt_rd *,
	    bool moments);

/* Load those of the last checkpoint in these files, and return its step. begin,
 * if not NULL, is called for each checkpoint first, and may open the run. */
uint64_t cli_train_load(struct nn_run *, char *paths[], bool moments,
	    void (*begin)(struct nn_run *, struct ckpt_rd *, void *arg),
	    void *arg);

/* What --mask, --init, --branch and --resume make of the weights and the step;
 * conf gets the hash of the mask. */
void	cli_train_start(struct nn_run *, struct nn_conf *conf);

/* Before each step: add the noise of --perturb if it is due. Its value is
 * checked before the run. */
void	cli_train_perturb(struct nn_run *);
void	cli_train_check_perturb(void);

/* --------------------------------------------------------------- output */

/* The stream of checkpoints; that of a resumed run begins with those of the
 * earlier one. */
struct ckpt_wr	*cli_train_open_output(const struct nn_run *);
void		 cli_train_close_output(struct ckpt_wr *);

/* Are weights saved at this step? */
bool	cli_train_saves(const struct nn_run *, uint64_t step);

/* Write the state file, whole or not at all, and a copy if it is to be kept. */
void	cli_train_write_state(const struct nn_run *);

/* The table of --log, if there is one. */
void	cli_train_open_log(const struct nn_run *);
void	cli_train_log(const struct nn_run *, enum nn_split, double loss,
	    double error);
void	cli_train_close_log(void);

/* ----------------------------------------------------------- evaluation */

/* Is this split evaluated? Dies if --eval-on has no list of splits. */
bool	cli_train_evaluates(enum nn_split);

/* Evaluate it, on --eval-count examples. False if it is not evaluated. */
bool	cli_train_evaluate(struct nn_run *, enum nn_split, double *loss,
	    double *error);
extern const char *const cli_train_split_name[];

/* --eval: a table of the losses of these checkpoints, each with the settings
 * among its keys. complete: as of a trainer. */
void	cli_train_eval(char *paths[], const struct nn_conf *options,
	    void (*complete)(struct nn_conf *));

#endif
