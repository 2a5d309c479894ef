/* trainer.c - what all trainers share: the program around a training run */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mpi.h"
#include "trainer.h"

struct train_options train;

/* The paper's schedule: after every epoch, and four times inside the first. */
static bool
is_epoch(uint64_t step, uint64_t epoch)
{
	uint64_t fifth = epoch / 5;

	return step % epoch == 0 ||
	    (step < 5 * fifth && step % fifth == 0);
}

bool
train_due(const struct nn_run *r, uint64_t step)
{
	uint64_t every = strtoull(train.save, NULL, 10);

	if (step == (uint64_t)train.steps)
		return true;
	if (strcmp(train.save, "epochs") == 0)
		return is_epoch(step, nn_run_epoch_steps(r));
	return every > 0 && step % every == 0;
}

void
train_open(struct nn_run *r, const struct nn_conf *conf)
{
	const char *name = nn_conf_str(conf, "net.model", "");
	const struct nn_model *model = nn_model(name);

	if (model == NULL)
		die("no model is called \"%s\"", name);
	if (nn_run_open(r, model, conf, cli_threads()) < 0)
		die("%s", r->net ? nn_error(r->net) : "out of memory");
	progress_end();
}

static void
write_weights(const struct nn_run *r, struct ckpt_wr *out)
{
	cli_check(out, nn_run_begin(r, out, r->step));
	cli_check(out, nn_run_put(r, out, false));
	cli_check(out, ckpt_flush(out));
}

/* What is due at this step: weights, a look at both splits, the state. Of
 * several processes only the leader writes (out is NULL), but all look. */
static void
save(struct nn_run *r, struct ckpt_wr *out)
{
	if (out)
		write_weights(r, out);
	for (int split = NN_TRAIN; train.log && split <= NN_VAL; split++) {
		double loss, error;

		if (!train_looks_at(split))
			continue;
		if (nn_run_eval(r, split, train.eval_count, &loss, &error) < 0)
			die("%s", nn_error(r->net));
		if (out)
			log_row(r, train_split[split], loss, error);
	}
	if (out && train.state)
		train_keep(r);
}

static void
run(struct nn_run *r)
{
	bool leads = peers_rank() == 0, warned = !leads;
	struct ckpt_wr *out = leads ? train_output(r) : NULL;
	uint64_t start = r->step;

	if (leads)
		log_start(r);
	for (;;) {
		double loss;

		if (train_due(r, r->step) && !(train.resume && r->step == start))
			save(r, out);
		if (r->step >= (uint64_t)train.steps)
			break;
		train_perturb(r);
		if (nn_run_step(r, &loss) < 0)
			die("%s", nn_error(r->net));
		if (!isfinite(loss) && !warned) {
			warn("step %llu: the loss is %s",
			    (unsigned long long)r->step - 1,
			    isnan(loss) ? "NaN" : "infinite");
			warned = true;
		}
		if (leads)
			progress(r->step, train.steps, "step", NULL);
	}
	if (!leads)
		return;
	progress_end();
	train_output_end(out);
	log_end();
}

/* The shortest text that gives this number back. */
void
train_number(struct nn_conf *conf, const char *key, double x)
{
	char s[40];

	for (int digits = 1; digits <= 17; digits++) {
		snprintf(s, sizeof s, "%.*g", digits, x);
		if (strtod(s, NULL) == x)
			break;
	}
	set(conf, key, "%s", s);
}

static void
shared_settings(struct nn_conf *conf)
{
	set(conf, "train.seed", "%lld", (long long)train.seed);
	if (train.perturb)
		set(conf, "train.perturb", "%s", train.perturb);
	set(conf, "train.batch", "%lld", (long long)train.batch);
	train_number(conf, "train.lr", train.lr);
	train_number(conf, "train.warmup", train.warmup);
	train_number(conf, "train.weight_decay", train.decay);
	set(conf, "train.precision", "%s", train.precision);
	if (train.micro)
		set(conf, "train.micro", "%lld", (long long)train.micro);
	if (train.clip > 0)
		train_number(conf, "train.clip", train.clip);
	if (train.beta1 > 0)
		train_number(conf, "train.beta1", train.beta1);
	if (train.beta2 > 0)
		train_number(conf, "train.beta2", train.beta2);
	if (train.schedule)
		set(conf, "train.schedule", "%s", train.schedule);
	if (train.optimiser == NULL)
		return;
	set(conf, "train.optimiser", "%s", train.optimiser);
	train_number(conf, "train.momentum", train.momentum);
	set(conf, "train.lr_drops", "%s", train.drops);
}

void
train_images(struct nn_conf *conf, const char *data, int64_t subset)
{
	if (data == NULL)
		data = nn_images_installed();
	if (data == NULL)
		usage("--data wants images: a folder or archive of CIFAR-10 "
		    "(cs.toronto.edu/~kriz/cifar.html) or of IDX files, or "
		    "fashion-mnist (apt install dataset-fashion-mnist)");
	if (subset < 0)
		usage("--subset is not negative");
	set(conf, "data", "%s", data);
	set(conf, "data.subset", "%lld", (long long)subset);
}

static bool
is_cosine(void)
{
	return train.schedule && (strcmp(train.schedule, "cosine") == 0 ||
	    strcmp(train.schedule, "cosine-epochs") == 0);
}

static void
check_options(void)
{
	if (train.steps < -1 || train.epochs < -1 || train.batch < 0)
		usage("--steps, --epochs and --batch are not negative");
	if (train.steps >= 0 && train.epochs >= 0)
		usage("--steps and --epochs are two different ends");
	if (strcmp(train.save, "epochs") != 0 && (*train.save == 0 ||
	    train.save[strspn(train.save, "0123456789")]))
		usage("--save wants a number of steps or \"epochs\", not "
		    "\"%s\"", train.save);
	if (train.seed < 0)
		usage("--seed is not negative");
	if (strcmp(train.precision, "f32") != 0 &&
	    strcmp(train.precision, "bf16") != 0)
		usage("--precision wants f32 or bf16, not \"%s\"",
		    train.precision);
	if (train.init && (train.resume || train.branch))
		usage("--init and --resume or --branch are different starts");
	if (train.eval_count < 0 || train.norm_count < 0)
		usage("--eval-count and --norm-count are not negative");
	if (train.micro < 0 || train.horizon < 0)
		usage("--micro and --horizon are not negative");
	if (train.schedule && strcmp(train.schedule, "constant") != 0 &&
	    !is_cosine())
		usage("--schedule wants constant, cosine or cosine-epochs, "
		    "not \"%s\"", train.schedule);
	if (train.keep_states && train.state == NULL)
		usage("--keep-states wants --state, whose name it uses");
	train_looks_at(NN_TRAIN);	/* is its list one? */
}

/* How many steps it is to make. */
static void
find_end(const struct nn_run *r, const struct trainer *trainer)
{
	if (train.steps < 0 && train.epochs < 0) {
		train.steps = trainer->steps;
		train.epochs = trainer->epochs;
	}
	if (train.steps < 0)
		train.steps = train.epochs * nn_run_epoch_steps(r);
}

/* A cosine goes to the end of the run unless its length is given. */
static void
set_horizon(const struct nn_run *r, struct nn_conf *conf)
{
	int64_t epoch = nn_run_epoch_steps(r);

	if (!is_cosine())
		return;
	if (train.horizon == 0 && strcmp(train.schedule, "cosine") == 0)
		train.horizon = train.steps - train.warmup;
	else if (train.horizon == 0)
		train.horizon = (train.steps + epoch - 1) / epoch;
	set(conf, "train.horizon", "%lld", (long long)train.horizon);
	train_number(conf, "train.lr_floor", train.floor);
}

int
train_main(int argc, char *argv[], const struct trainer *trainer)
{
	struct nn_conf conf = { .progress = progress, .warn = warn };
	struct nn_run r;
	char **paths;

	train.steps = train.epochs = -1;
	train.precision = "f32";
	paths = cli_start(argc, argv, &trainer->cli);
	check_options();
	trainer->settings(&conf);
	shared_settings(&conf);
	if (trainer->instead && trainer->instead(paths, &conf)) {
		/* done */
	} else if (train.eval) {
		train_eval(paths, &conf, trainer);
	} else {
		if (paths[0])
			usage("only --eval reads files");
		peers_join();
		if (trainer->complete)
			trainer->complete(&conf);
		train_open(&r, &conf);
		find_end(&r, trainer);
		set_horizon(&r, &conf);
		train_start(&r, &conf);
		run(&r);
		nn_run_close(&r);
		peers_leave();
	}
	nn_conf_free(&conf);
	return 0;
}
