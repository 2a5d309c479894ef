/* trainer.c - what all trainers share: the program around a training run */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trainer.h"

struct train_options train;

bool
train_due(uint64_t step)
{
	return step == (uint64_t)train.steps ||
	    (train.save > 0 && step % train.save == 0);
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
}

/* All settings of a state but the number of steps shape the run. */
static void
same_settings(const struct nn_run *r, struct ckpt_rd *in)
{
	for (size_t i = 0; i < r->conf->n; i++) {
		const char *key = r->conf->pair[i].key;
		const char *now = r->conf->pair[i].value;
		const char *then = ckpt_key(in, key);

		if (then == NULL || strcmp(then, now) != 0)
			die("%s: made with %s %s, not %s", ckpt_path(in), key,
			    then ? then : "missing", now);
	}
}

uint64_t
train_load(struct nn_run *r, const char *path, bool moments)
{
	char *paths[] = { (char *)path, NULL };
	struct ckpt_rd *in = cli_open(paths);
	const char *missing;
	uint64_t nth = UINT64_MAX, step = 0;
	struct tensor t;

	while (cli_next(in, &t)) {
		if (t.nth != nth) {
			nth = t.nth;
			nn_run_missing(r, moments);	/* the last counts */
			if (moments)
				same_settings(r, in);
		}
		step = ckpt_step(in);
		cli_load(in, &t);
		if (nn_run_take(r, &t, moments) < 0)
			die("%s: %s", path, nn_error(r->net));
	}
	missing = nn_run_missing(r, moments);
	if (missing)
		die("%s: %s is missing", path, missing);
	ckpt_close(in);
	return step;
}

/* What is due at this step: weights, a look at both splits, the state. */
static void
save(struct nn_run *r, struct ckpt_wr *out)
{
	static const char *const name[] = { "train", "val" };

	cli_check(out, nn_run_begin(r, out, r->step));
	cli_check(out, nn_run_put(r, out, false));
	cli_check(out, ckpt_flush(out));
	for (int split = NN_TRAIN; train.log && split <= NN_VAL; split++) {
		double loss, error;

		if (nn_run_eval(r, split, &loss, &error) < 0)
			die("%s", nn_error(r->net));
		log_row(r, name[split], loss, error);
	}
	if (train.state)
		train_keep(r);
}

static void
run(struct nn_run *r)
{
	struct ckpt_wr *out = train_output(r);
	uint64_t start = r->step;
	bool warned = false;

	log_start(r);
	for (;;) {
		double loss;

		if (train_due(r->step) && !(train.resume && r->step == start))
			save(r, out);
		if (r->step >= (uint64_t)train.steps)
			break;
		if (nn_run_step(r, &loss) < 0)
			die("%s", nn_error(r->net));
		if (!isfinite(loss) && !warned) {
			warn("step %llu: the loss is %g",
			    (unsigned long long)r->step - 1, loss);
			warned = true;
		}
		progress(r->step, train.steps, "step", NULL);
	}
	progress_end();
	train_output_end(out);
	log_end();
}

static void
shared_settings(struct nn_conf *conf)
{
	set(conf, "train.seed", "%lld", (long long)train.seed);
	set(conf, "train.batch", "%lld", (long long)train.batch);
	set(conf, "train.lr", "%.17g", train.lr);
	set(conf, "train.warmup", "%.17g", train.warmup);
	set(conf, "train.weight_decay", "%.17g", train.decay);
}

static void
check_options(char *paths[])
{
	if (paths[0] && !train.eval)
		usage("only --eval reads files");
	if (train.steps < 0 || train.save < 0 || train.batch < 0)
		usage("--steps, --save and --batch are not negative");
	if (train.seed < 0)
		usage("--seed is not negative");
	if (train.resume && train.init)
		usage("--resume and --init are two different starts");
}

int
train_main(int argc, char *argv[], const struct trainer *trainer)
{
	char **paths = cli_start(argc, argv, &trainer->cli);
	struct nn_conf conf = { 0 };
	struct nn_run r;

	check_options(paths);
	trainer->settings(&conf);
	shared_settings(&conf);
	if (train.eval) {
		train_eval(paths, &conf);
	} else {
		train_open(&r, &conf);
		if (train.init)
			train_load(&r, train.init, false);
		if (train.resume)
			r.step = train_load(&r, train.resume, true);
		run(&r);
		nn_run_close(&r);
	}
	nn_conf_free(&conf);
	return 0;
}
