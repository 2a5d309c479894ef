/* cli_train_eval.c - --eval: the losses of the checkpoints in a stream */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trainer.h"

const char *const cli_train_split[] = { "train", "val" };

static struct cli_table *table;

bool
cli_train_looks_at(enum nn_split split)
{
	bool named[] = { false, false };
	size_t n;

	if (cli_train.eval_on == NULL)
		return true;
	for (const char *s = cli_train.eval_on; *s; s += n + (s[n] == ',')) {
		int i = NN_TRAIN;

		n = strcspn(s, ",");
		while (i <= NN_VAL && (n != strlen(cli_train_split[i]) ||
		    strncmp(s, cli_train_split[i], n) != 0))
			i++;
		if (i > NN_VAL)
			cli_usage("--eval-on wants train, val or both, not \"%s\"",
			    cli_train.eval_on);
		named[i] = true;
	}
	return named[split];
}

/* The checkpoint that is being read. */
struct now {
	struct nn_conf	 conf;		/* options, and its keys over them */
	struct nn_run	 run;
	bool		 open;
	uint64_t	 step;
	double		 alpha;
};

/* Is it a setting? Then some option's key has the same first word. */
static bool
is_setting(const struct nn_conf *options, const char *key)
{
	size_t word = strcspn(key, ".") + 1;

	for (size_t i = 0; i < options->n; i++)
		if (strncmp(options->pair[i].key, key, word) == 0)
			return true;
	return false;
}

void
cli_train_keys(struct nn_conf *conf, const struct ckpt_rd *in)
{
	const char *key, *value;

	for (size_t i = 0; ckpt_keys(in, i, &key, &value); i++)
		if (strchr(key, '.') && is_setting(conf, key))
			set(conf, key, "%s", ckpt_key(in, key));
}

static struct nn_conf
settings(const struct nn_conf *options, struct ckpt_rd *in,
    const struct trainer *trainer)
{
	struct nn_conf c = { .progress = options->progress,
		.warn = options->warn };

	for (size_t i = 0; i < options->n; i++)
		set(&c, options->pair[i].key, "%s", options->pair[i].value);
	cli_train_keys(&c, in);
	if (trainer && trainer->complete)
		trainer->complete(&c);
	return c;
}

static bool
same(const struct nn_conf *a, const struct nn_conf *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = strcmp(a->pair[i].key, b->pair[i].key) == 0 &&
		    strcmp(a->pair[i].value, b->pair[i].value) == 0;
	return same;
}

static double
alpha(struct ckpt_rd *in)
{
	const char *s = ckpt_key(in, "path.alpha");
	char *end;
	double a = s ? strtod(s, &end) : NAN;

	return s && *s && *end == '\0' ? a : NAN;
}

static void
begin(struct now *now, const struct nn_conf *options, struct ckpt_rd *in,
    const struct trainer *trainer)
{
	struct nn_conf conf = settings(options, in, trainer);

	if (now->open && same(&conf, &now->conf)) {
		nn_conf_free(&conf);
	} else {
		if (now->open)
			nn_run_close(&now->run);
		nn_conf_free(&now->conf);
		now->conf = conf;
		cli_train_open(&now->run, &now->conf);
		now->open = true;
	}
	now->step = ckpt_step(in);
	now->alpha = alpha(in);
}

/* All tensors of the checkpoint have been taken. */
static void
check_all(struct now *now, struct ckpt_rd *in)
{
	const char *missing = nn_run_missing(&now->run, false);

	if (missing)
		cli_die("%s: step %llu: %s is missing", ckpt_path(in),
		    (unsigned long long)now->step, missing);
}

static void
end(struct now *now, struct ckpt_rd *in)
{
	check_all(now, in);
	if (cli_train.recompute_norm &&
	    nn_run_recompute_norm(&now->run, cli_train.norm_count) < 0)
		cli_die("%s", nn_error(now->run.net));
	for (int split = NN_TRAIN; split <= NN_VAL; split++) {
		double loss, error;

		if (!cli_train_looks_at(split))
			continue;
		if (nn_run_eval(&now->run, split, cli_train.eval_count, &loss,
		    &error) < 0)
			cli_die("%s", nn_error(now->run.net));
		cli_table_int(table, now->step);
		cli_table_num(table, now->alpha);
		cli_table_str(table, cli_train_split[split]);
		cli_table_num(table, loss);
		cli_table_num(table, error);
		cli_table_int(table, nn_run_count(&now->run, split, cli_train.eval_count));
	}
	cli_table_flush(table);
}

/* Read all, and call done (now, in) after each checkpoint. */
static void
read_all(struct now *now, const struct nn_conf *options, struct ckpt_rd *in,
    const struct trainer *trainer,
    void (*done)(struct now *, struct ckpt_rd *))
{
	struct ckpt_tensor t;

	while (cli_next_checkpoint(in)) {
		begin(now, options, in, trainer);
		while (cli_next_tensor(in, &t)) {
			cli_load(in, &t);
			if (nn_run_take(&now->run, &t, false) < 0)
				cli_die("%s: step %llu: %s", ckpt_path(in),
				    (unsigned long long)now->step,
				    nn_error(now->run.net));
		}
		done(now, in);
	}
}

void
cli_train_last(struct nn_run *r, struct nn_conf *conf, char *paths[])
{
	struct ckpt_rd *in = cli_open(paths);
	struct now now = { 0 };

	read_all(&now, conf, in, NULL, check_all);
	if (!now.open)
		cli_die("%s: no checkpoint", ckpt_path(in));
	nn_conf_free(conf);
	*conf = now.conf;
	*r = now.run;
	r->conf = conf;
	ckpt_close(in);
}

void
cli_train_eval(char *paths[], const struct nn_conf *options,
    const struct trainer *trainer)
{
	struct ckpt_rd *in = cli_open(paths);
	struct now now = { 0 };

	table = cli_table_open("step alpha split loss error n", in);
	read_all(&now, options, in, trainer, end);
	if (now.open)
		nn_run_close(&now.run);
	cli_table_close(table);
	nn_conf_free(&now.conf);
	ckpt_close(in);
}
