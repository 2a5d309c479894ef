/* trainer.c - the program around a training run: options, settings, the loop */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "distributed.h"
#include "trainer.h"

struct cli_train_options cli_train;

/* --------------------------------------------------------------- the run */

/* --save epochs, as in the paper: after each epoch, and four times in the first
 * one. */
static bool
is_epoch_save(uint64_t step, uint64_t epoch)
{
	uint64_t fifth = epoch / 5;

	return step % epoch == 0 ||
	    (step < 5 * fifth && step % fifth == 0);
}

bool
cli_train_saves(const struct nn_run *r, uint64_t step)
{
	uint64_t every = strtoull(cli_train.save, NULL, 10);

	if (step == (uint64_t)cli_train.steps)
		return true;
	if (strcmp(cli_train.save, "epochs") == 0)
		return is_epoch_save(step, nn_run_epoch_steps(r));
	return every > 0 && step % every == 0;
}

void
cli_train_open_run(struct nn_run *r, const struct nn_conf *conf)
{
	if (nn_run_open(r, conf, cli_threads()) < 0)
		cli_die("%s", r->net ? nn_error(r->net) : "out of memory");
	cli_progress_end();
}

static void
write_weights(const struct nn_run *r, struct ckpt_wr *out)
{
	cli_check(out, nn_run_begin(r, out, r->step));
	cli_check(out, nn_run_put(r, out, false));
	cli_flush(out);
}

/* Weights, losses of both splits, and the state. Of several processes only the
 * first writes (out of the others is NULL), but all evaluate. */
static void
save_step(struct nn_run *r, struct ckpt_wr *out)
{
	if (out)
		write_weights(r, out);
	for (int split = NN_TRAIN; cli_train.log && split <= NN_VAL; split++) {
		double loss, error;

		if (cli_train_evaluate(r, split, &loss, &error) && out)
			cli_train_log(r, split, loss, error);
	}
	if (out && cli_train.state)
		cli_train_write_state(r);
}

/* A step, and a warning if its loss is the first that is not finite. */
static void
run_step(struct nn_run *r)
{
	static bool warned;
	double loss;

	cli_train_perturb(r);
	if (nn_run_step(r, &loss) < 0)
		cli_die("%s", nn_error(r->net));
	if (isfinite(loss) || warned || nn_mpi_rank() != 0)
		return;
	cli_warn("step %llu: the loss is %s", (unsigned long long)r->step - 1,
	    isnan(loss) ? "NaN" : "infinite");
	warned = true;
}

static void
run_training(struct nn_run *r)
{
	bool leads = nn_mpi_rank() == 0;
	struct ckpt_wr *out = leads ? cli_train_open_output(r) : NULL;
	uint64_t start = r->step;

	if (leads)
		cli_train_open_log(r);
	for (;;) {
		/* the step of the state was saved before */
		if (cli_train_saves(r, r->step) &&
		    !(cli_train.resume && r->step == start))
			save_step(r, out);
		if (r->step >= (uint64_t)cli_train.steps)
			break;
		run_step(r);
		if (leads)
			cli_progress(r->step, cli_train.steps, "step", NULL);
	}
	if (!leads)
		return;
	cli_progress_end();
	cli_train_close_output(out);
	cli_train_close_log();
}

/* -------------------------------------------------------------- settings */

/* Set a key to a number, with as few digits as possible. */
static void
set_number(struct nn_conf *conf, const char *key, double x)
{
	char s[32];

	ckpt_shortest_double(s, x, 1);
	cli_train_set(conf, key, "%s", s);
}

static void
set_default(struct nn_conf *conf, const char *key)
{
	if (nn_conf_get(conf, key) == NULL)
		cli_train_set(conf, key, "%s", nn_conf_str(conf, key));
}

void
cli_train_set_int(struct nn_conf *conf, const char *key, int64_t x)
{
	if (x == TRAIN_DEFAULT)
		set_default(conf, key);
	else
		cli_train_set(conf, key, "%lld", (long long)x);
}

void
cli_train_set_double(struct nn_conf *conf, const char *key, double x)
{
	if (isnan(x))
		set_default(conf, key);
	else
		set_number(conf, key, x);
}

static void
set_shared_options(struct nn_conf *conf)
{
	cli_train_set(conf, "train.seed", "%lld", (long long)cli_train.seed);
	if (cli_train.perturb)
		cli_train_set(conf, "train.perturb", "%s", cli_train.perturb);
	cli_train_set(conf, "train.batch", "%lld", (long long)cli_train.batch);
	set_number(conf, "train.lr", cli_train.lr);
	set_number(conf, "train.warmup", cli_train.warmup);
	set_number(conf, "train.weight_decay", cli_train.decay);
	cli_train_set(conf, "train.precision", "%s", cli_train.precision);
	if (cli_train.micro)
		cli_train_set(conf, "train.micro", "%lld",
		    (long long)cli_train.micro);
	if (cli_train.clip > 0)
		set_number(conf, "train.clip", cli_train.clip);
	if (cli_train.beta1 > 0)
		set_number(conf, "train.beta1", cli_train.beta1);
	if (cli_train.beta2 > 0)
		set_number(conf, "train.beta2", cli_train.beta2);
	if (cli_train.schedule)
		cli_train_set(conf, "train.schedule", "%s", cli_train.schedule);
	if (cli_train.optimizer == NULL)
		return;
	cli_train_set(conf, "train.optimiser", "%s", cli_train.optimizer);
	set_number(conf, "train.momentum", cli_train.momentum);
	cli_train_set(conf, "train.lr_drops", "%s", cli_train.drops);
}

void
cli_train_set_images(struct nn_conf *conf, const char *data, int64_t subset)
{
	if (data == NULL)
		data = nn_images_installed();
	if (data == NULL)
		cli_usage("--data wants images: a folder or archive of "
		    "CIFAR-10 (cs.toronto.edu/~kriz/cifar.html) or of IDX "
		    "files, or fashion-mnist (apt install "
		    "dataset-fashion-mnist)");
	cli_train_set(conf, "data", "%s", data);
	cli_train_set(conf, "data.subset", "%lld", (long long)subset);
}

static bool
is_cosine(void)
{
	return cli_train.schedule &&
	    (strcmp(cli_train.schedule, "cosine") == 0 ||
	    strcmp(cli_train.schedule, "cosine-epochs") == 0);
}

static void
check_options(void)
{
	if (cli_train.steps >= 0 && cli_train.epochs >= 0)
		cli_usage("--steps and --epochs exclude each other");
	if (strcmp(cli_train.save, "epochs") != 0 && (*cli_train.save == 0 ||
	    cli_train.save[strspn(cli_train.save, "0123456789")]))
		cli_usage("--save wants a number of steps or \"epochs\", not "
		    "\"%s\"", cli_train.save);
	if (strcmp(cli_train.precision, "f32") != 0 &&
	    strcmp(cli_train.precision, "bf16") != 0)
		cli_usage("--precision wants f32 or bf16, not \"%s\"",
		    cli_train.precision);
	if (cli_train.init && (cli_train.resume || cli_train.branch))
		cli_usage("--init excludes --resume and --branch");
	if (cli_train.schedule && strcmp(cli_train.schedule, "constant") != 0 &&
	    !is_cosine())
		cli_usage("--schedule wants constant, cosine or cosine-epochs, "
		    "not \"%s\"", cli_train.schedule);
	if (cli_train.keep_states && cli_train.state == NULL)
		cli_usage("--keep-states wants --state, for the name");
	cli_train_evaluates(NN_TRAIN);	/* checks its list */
	cli_train_check_perturb();
}

/* cli_train.steps, from the options or the default of the trainer. */
static void
set_steps(const struct nn_run *r, const struct cli_trainer *trainer)
{
	if (cli_train.steps < 0 && cli_train.epochs < 0) {
		cli_train.steps = trainer->steps;
		cli_train.epochs = trainer->epochs;
	}
	if (cli_train.steps < 0)
		cli_train.steps = cli_train.epochs * nn_run_epoch_steps(r);
}

/* The cosine ends with the run unless --horizon says. */
static void
set_horizon(const struct nn_run *r, struct nn_conf *conf)
{
	int64_t epoch = nn_run_epoch_steps(r);

	if (!is_cosine())
		return;
	if (cli_train.horizon == 0 && strcmp(cli_train.schedule, "cosine") == 0)
		cli_train.horizon = cli_train.steps - cli_train.warmup;
	else if (cli_train.horizon == 0)
		cli_train.horizon = (cli_train.steps + epoch - 1) / epoch;
	cli_train_set(conf, "train.horizon", "%lld",
	    (long long)cli_train.horizon);
	set_number(conf, "train.lr_floor", cli_train.floor);
}

int
cli_train_main(int argc, char *argv[], const struct cli_trainer *trainer)
{
	struct nn_conf conf = { .progress = cli_progress, .warn = cli_warn };
	struct nn_run r;
	char **paths;

	cli_train.steps = cli_train.epochs = -1;
	cli_train.precision = nn_conf_str(&conf, "train.precision");
	cli_train.momentum = nn_conf_num(&conf, "train.momentum");
	paths = cli_start(argc, argv, &trainer->cli);
	check_options();
	trainer->set_options(&conf);
	set_shared_options(&conf);
	if (trainer->infer && trainer->infer(paths, &conf)) {
		/* done */
	} else if (cli_train.eval) {
		cli_train_eval(paths, &conf, trainer->complete);
	} else {
		if (paths[0])
			cli_usage("only --eval reads files");
		nn_mpi_init();
		if (trainer->complete)
			trainer->complete(&conf);
		cli_train_open_run(&r, &conf);
		set_steps(&r, trainer);
		set_horizon(&r, &conf);
		cli_train_start(&r, &conf);
		run_training(&r);
		nn_run_close(&r);
		nn_mpi_finalize();
	}
	nn_conf_free(&conf);
	return 0;
}
