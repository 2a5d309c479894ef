/* train_eval.c - --eval: losses of stored checkpoints */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trainer.h"

const char *const cli_train_split_name[] = { "train", "val" };

bool
cli_train_evaluates(enum nn_split split)
{
	bool named[] = { false, false };
	size_t n;

	if (cli_train.eval_on == NULL)
		return true;
	for (const char *s = cli_train.eval_on; *s; s += n + (s[n] == ',')) {
		int i = NN_TRAIN;

		n = strcspn(s, ",");
		while (i <= NN_VAL &&
		    (n != strlen(cli_train_split_name[i]) ||
		    strncmp(s, cli_train_split_name[i], n) != 0))
			i++;
		if (i > NN_VAL)
			cli_usage("--eval-on wants train, val or both, not "
			    "\"%s\"", cli_train.eval_on);
		named[i] = true;
	}
	return named[split];
}

bool
cli_train_evaluate(struct nn_run *r, enum nn_split split, double *loss,
    double *error)
{
	if (!cli_train_evaluates(split))
		return false;
	if (nn_run_eval(r, split, cli_train.eval_count, loss, error) < 0)
		cli_die("%s", nn_error(r->net));
	return true;
}

/* ------------------------------------------------------------- settings */

/* Is this key a setting? Then an option sets one with the same first word. */
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
cli_train_set_keys(struct nn_conf *conf, const struct ckpt_rd *in)
{
	const char *key, *value;

	for (size_t i = 0; ckpt_keys(in, i, &key, &value); i++)
		if (strchr(key, '.') && is_setting(conf, key))
			cli_train_set(conf, key, "%s", ckpt_key(in, key));
}

static bool
equal_settings(const struct nn_conf *a, const struct nn_conf *b)
{
	bool equal = a->n == b->n;

	for (size_t i = 0; equal && i < a->n; i++)
		equal = strcmp(a->pair[i].key, b->pair[i].key) == 0 &&
		    strcmp(a->pair[i].value, b->pair[i].value) == 0;
	return equal;
}

void
cli_train_reopen(struct nn_run *r, struct ckpt_rd *in, void *arg)
{
	struct cli_train_settings *s = arg;
	struct nn_conf conf = { .progress = s->options->progress,
		.warn = s->options->warn };

	for (size_t i = 0; i < s->options->n; i++)
		cli_train_set(&conf, s->options->pair[i].key, "%s",
		    s->options->pair[i].value);
	cli_train_set_keys(&conf, in);
	if (s->complete)
		s->complete(&conf);
	if (r->net && equal_settings(&conf, &s->conf)) {
		nn_conf_free(&conf);
		return;
	}
	if (r->net)
		nn_run_close(r);
	nn_conf_free(&s->conf);
	s->conf = conf;
	cli_train_open_run(r, &s->conf);
}

/* ----------------------------------------------------------- evaluation */

/* The place of the checkpoint on a path, as of ckpt-interp, or NaN. */
static double
path_alpha(struct ckpt_rd *in)
{
	const char *s = ckpt_key(in, "path.alpha");
	char *end;
	double alpha = s ? strtod(s, &end) : NAN;

	return s && *s && *end == '\0' ? alpha : NAN;
}

static void
evaluate(struct nn_run *r, struct ckpt_rd *in, struct cli_table *table)
{
	for (int split = NN_TRAIN; split <= NN_VAL; split++) {
		double loss, error;

		if (!cli_train_evaluate(r, split, &loss, &error))
			continue;
		cli_table_int(table, ckpt_step(in));
		cli_table_num(table, path_alpha(in));
		cli_table_str(table, cli_train_split_name[split]);
		cli_table_num(table, loss);
		cli_table_num(table, error);
		cli_table_int(table, nn_run_eval_count(r, split,
		    cli_train.eval_count));
	}
}

void
cli_train_eval(char *paths[], const struct nn_conf *options,
    void (*complete)(struct nn_conf *))
{
	struct cli_train_settings settings = { .options = options,
		.complete = complete };
	struct ckpt_rd *in = cli_open(paths);
	struct cli_table *table =
	    cli_table_open("step alpha split loss error n", in);
	struct nn_run r = { 0 };

	while (cli_next_checkpoint(in)) {
		cli_train_reopen(&r, in, &settings);
		cli_train_load_checkpoint(&r, in, false);
		if (cli_train.recompute_norm &&
		    nn_run_recompute_norm(&r, cli_train.norm_count) < 0)
			cli_die("%s", nn_error(r.net));
		evaluate(&r, in, table);
	}
	if (r.net)
		nn_run_close(&r);
	cli_table_close(table);
	nn_conf_free(&settings.conf);
	cli_close(in);
}
