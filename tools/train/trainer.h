/*
 * trainer.h - what all trainers share: options, output, log, state, evaluation
 */
#ifndef TRAINER_H
#define TRAINER_H

#include "cli/cli.h"
#include "train.h"

/* The values of the shared options. A trainer sets its defaults; of steps and
 * epochs, the one that is not given is -1. */
struct cli_train_options {
	int64_t		 seed, steps, epochs, batch;
	double		 lr, decay, warmup, momentum;
	double		 beta1, beta2;		/* of AdamW; 0: 0.9, 0.98 */
	const char	*optimizer, *drops, *save;
	const char	*schedule;		/* NULL: constant */
	const char	*precision;		/* f32 unless given */
	double		 floor, clip;
	int64_t		 horizon, micro;
	const char	*log, *state, *resume, *init, *branch;
	const char	*mask, *perturb, *eval_on;
	int64_t		 eval_count, norm_count, keep_states;
	bool		 eval, recompute_norm;
};
extern struct cli_train_options cli_train;

#define TRAIN_OPTS \
	{ 0, "seed", OPT_INT, "n", &cli_train.seed, \
	    "of the split, the weights and the order", false }, \
	{ 0, "steps", OPT_INT, "n", &cli_train.steps, \
	    "optimizer steps", true }, \
	{ 0, "epochs", OPT_INT, "n", &cli_train.epochs, \
	    "passes over the examples, instead", true }, \
	{ 0, "batch", OPT_INT, "n", &cli_train.batch, \
	    "examples of a step; 0: all", false }, \
	{ 0, "lr", OPT_NUM, "rate", &cli_train.lr, "learning rate", false }, \
	{ 0, "warmup", OPT_NUM, "n", &cli_train.warmup, \
	    "steps in which it rises from 0", false }, \
	{ 0, "weight-decay", OPT_NUM, "w", &cli_train.decay, \
	    "of AdamW, on all parameters", false }, \
	{ 0, "precision", OPT_STR, "type", &cli_train.precision, \
	    "of factors in products: f32, or bf16", false }, \
	{ 0, "save", OPT_STR, "when", &cli_train.save, \
	    "write weights: every n steps, or epochs", false }, \
	{ 0, "log", OPT_STR, "file", &cli_train.log, \
	    "write a table of losses", true }, \
	{ 0, "state", OPT_STR, "file", &cli_train.state, \
	    "keep all that --resume needs", true }, \
	{ 0, "resume", OPT_STR, "file", &cli_train.resume, \
	    "go on from such a state", true }, \
	{ 0, "keep-states", OPT_INT, "n", &cli_train.keep_states, \
	    "keep the states of the first n saves too", false }, \
	{ 0, "branch", OPT_STR, "file", &cli_train.branch, \
	    "go on from such a state with a seed of its own", false }, \
	{ 0, "init", OPT_STR, "file", &cli_train.init, \
	    "start from its last checkpoint", false }, \
	{ 0, "mask", OPT_STR, "file", &cli_train.mask, \
	    "keep weights zero where this mask is", false }, \
	{ 0, "perturb", OPT_STR, "s[@step]", &cli_train.perturb, \
	    "add noise of that relative norm to the weights", false }, \
	{ 0, "eval", OPT_FLAG, NULL, &cli_train.eval, \
	    "print losses of the checkpoints in file", false }, \
	{ 0, "eval-on", OPT_STR, "list", &cli_train.eval_on, \
	    "only these splits: train, val", false }, \
	{ 0, "eval-count", OPT_INT, "n", &cli_train.eval_count, \
	    "only the first n examples of each", false }, \
	{ 0, "recompute-norm", OPT_FLAG, NULL, &cli_train.recompute_norm, \
	    "measure batch normalization's means afresh", false }, \
	{ 0, "norm-count", OPT_INT, "n", &cli_train.norm_count, \
	    "on the first n examples only", false }

/* Options of trainers by gradient descent with momentum. */
#define TRAIN_SGD \
	{ 0, "momentum", OPT_NUM, "m", &cli_train.momentum, \
	    "of gradient descent", false }, \
	{ 0, "lr-drops", OPT_STR, "list", &cli_train.drops, \
	    "epochs from which lr is a tenth: 82,123", false }

/* Options of trainers with a schedule, on large batches. */
#define TRAIN_SCHEDULE \
	{ 0, "schedule", OPT_STR, "name", &cli_train.schedule, \
	    "of lr: constant, cosine or cosine-epochs", false }, \
	{ 0, "horizon", OPT_INT, "n", &cli_train.horizon, \
	    "steps or epochs of the cosine; 0: to the end", false }, \
	{ 0, "lr-floor", OPT_NUM, "part", &cli_train.floor, \
	    "of lr, where the cosine ends", false }, \
	{ 0, "clip", OPT_NUM, "norm", &cli_train.clip, \
	    "largest norm of the gradients; 0: any", false }, \
	{ 0, "micro", OPT_INT, "n", &cli_train.micro, \
	    "examples of a batch at once; 0: all", false }

/* Options of trainers on images. */
#define TRAIN_IMAGES(data, subset) \
	{ 'd', "data", OPT_STR, "path", data, \
	    "CIFAR-10 or IDX files: folder, archive, set", true }, \
	{ 0, "subset", OPT_INT, "n", subset, \
	    "train on n images only", false }

/* A trainer: its options, its settings made of them, and how long it trains
 * if that is not said (one of steps and epochs is -1). */
struct trainer {
	struct cli	 cli;
	void		(*settings)(struct nn_conf *);

	/* Something else was asked for: it is done, nothing is trained; or
	 * NULL. */
	bool		(*instead)(char *paths[], struct nn_conf *);

	/* Add settings that take work and may also come from a checkpoint;
	 * NULL: there are none. */
	void		(*complete)(struct nn_conf *);
	int64_t		 steps, epochs;
};

/* The whole program; settings must set net.model. Returns the exit status. */
int	cli_train_main(int argc, char *argv[], const struct trainer *);

/* The settings of a trainer on images: of an installed set if data is NULL, or
 * it says how to get one. */
void	cli_train_images(struct nn_conf *, const char *data, int64_t subset);

/* ------------------------------------------------- among trainer*.c only */

/* Set a key; dies when memory is gone. */
#define set(conf, key, ...) \
	(nn_conf_set(conf, key, __VA_ARGS__) < 0 ? cli_die("out of memory") : (void)0)

/* The same for a number, as short as it can be. */
void	cli_train_number(struct nn_conf *, const char *key, double);

/* A run with these settings, or the end of the program. */
void	cli_train_open(struct nn_run *, const struct nn_conf *);

/* What --init, --branch, --resume and --mask make of the weights; conf gets
 * the mask's hash. */
void	cli_train_start(struct nn_run *, struct nn_conf *conf);

/* Before each step: --perturb, if it is due. */
void	cli_train_perturb(struct nn_run *);

/* Whether a split is evaluated; its name, by nn_part. */
bool	cli_train_looks_at(enum nn_split);
extern const char *const cli_train_split[];

/* --eval: a table of losses of these files, whose own keys go before conf. */
void	cli_train_eval(char *paths[], const struct nn_conf *conf,
	    const struct trainer *);

/* The settings among a checkpoint's keys go before those in conf. */
void	cli_train_keys(struct nn_conf *conf, const struct ckpt_rd *);

/* Weights of the last checkpoint in these files for r, which open makes, with
 * conf, when the keys of the first are known. Dies of an error. */
void	cli_train_load(struct nn_run *r, struct nn_conf *conf, char *paths[],
	    void (*open)(struct nn_run *, struct nn_conf *, struct ckpt_rd *));

/* A run with the weights of the last checkpoint in these files, whose own keys
 * go before conf, which gets them. */
void	cli_train_last(struct nn_run *, struct nn_conf *conf, char *paths[]);

/* The output stream. A resumed run begins with what was written before. */
struct ckpt_wr	*cli_train_output(const struct nn_run *);
void		 cli_train_output_end(struct ckpt_wr *);

/* Whether weights are written at this step. */
bool	cli_train_due(const struct nn_run *, uint64_t step);

/* Write the state file, whole or not at all; of the first saves also a copy
 * that stays. */
void	cli_train_keep(const struct nn_run *);

/* The log; without --log nothing happens. */
void	cli_log_start(const struct nn_run *);
void	cli_log_row(const struct nn_run *, const char *split, double loss,
	    double error);
void	cli_log_end(void);

#endif
