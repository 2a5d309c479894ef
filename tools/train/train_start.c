/* cli_train_start.c - how a run starts: from what, under a mask, after a shake */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "filter/matrix_noise.h"
#include "trainer.h"

/* ------------------------------------------------------ from a checkpoint */

/* What a branch may have otherwise than its trunk. */
static bool
is_own(const char *key)
{
	return cli_train.branch && !cli_train.resume && (strcmp(key, "train.seed") == 0 ||
	    strcmp(key, "train.mask") == 0 ||
	    strcmp(key, "train.perturb") == 0);
}

/* All settings of a state but the number of steps shape the run. */
static void
same_settings(const struct nn_run *r, struct ckpt_rd *in)
{
	const char *key, *value;

	for (size_t i = 0; i < r->conf->n; i++) {
		const char *now = r->conf->pair[i].value;
		const char *then;

		key = r->conf->pair[i].key;
		then = ckpt_key(in, key);
		if (strchr(key, '.') && !is_own(key) &&
		    (then == NULL || strcmp(then, now)))
			cli_die("%s: made with %s %s, not %s", ckpt_path(in), key,
			    then ? then : "missing", now);
	}
	for (size_t i = 0; ckpt_keys(in, i, &key, &value); i++)
		if (strncmp(key, "train.", 6) == 0 && !is_own(key) &&
		    nn_conf_str(r->conf, key, NULL) == NULL)
			cli_die("%s: made with %s %s", ckpt_path(in), key, value);
}

/* Weights (with moments) of the last checkpoint in this file; its step. */
static uint64_t
load(struct nn_run *r, const char *path, bool moments)
{
	char *paths[] = { (char *)path, NULL };
	struct ckpt_rd *in = cli_open(paths);
	const char *missing;
	uint64_t step = 0;
	struct ckpt_tensor t;

	while (cli_next_checkpoint(in)) {
		nn_run_missing(r, moments);	/* the last counts */
		if (moments)
			same_settings(r, in);
		step = ckpt_step(in);
		while (cli_next_tensor(in, &t)) {
			cli_load(in, &t);
			if (nn_run_take(r, &t, moments) < 0)
				cli_die("%s: %s", path, nn_error(r->net));
		}
	}
	missing = nn_run_missing(r, moments);
	if (missing)
		cli_die("%s: %s is missing", path, missing);
	ckpt_close(in);
	return step;
}

/* ------------------------------------------------------------ under a mask */

/* The last mask in that file. What it keeps is a setting, by its hash. */
static void
load_mask(struct nn_run *r, struct nn_conf *conf)
{
	char *paths[] = { (char *)cli_train.mask, NULL };
	struct ckpt_rd *in = cli_open(paths);
	struct ckpt_tensor t;
	size_t len;

	while (cli_next_checkpoint(in))
		while (cli_next_tensor(in, &t)) {
			cli_load(in, &t);
			if (nn_run_mask(r, &t) < 0)
				cli_die("%s: %s", cli_train.mask,
				    nn_error(r->net));
		}
	if (r->mask == NULL)
		cli_die("%s: no mask in it", cli_train.mask);
	ckpt_close(in);
	nn_weights(r->net, &len);
	set(conf, "train.mask", "%016" PRIx64,
	    (uint64_t)XXH64(r->mask, len * sizeof *r->mask, 0));
}

static void
recompute_norm(struct nn_run *r)
{
	if (nn_run_recompute_norm(r, cli_train.norm_count) < 0)
		cli_die("%s", nn_error(r->net));
}

void
cli_train_start(struct nn_run *r, struct nn_conf *conf)
{
	if (cli_train.mask)
		load_mask(r, conf);
	if (cli_train.resume)
		r->step = load(r, cli_train.resume, true);
	else if (cli_train.branch)
		r->step = load(r, cli_train.branch, true);
	else if (cli_train.init)
		load(r, cli_train.init, false);
	if (cli_train.mask && !cli_train.resume) {
		nn_run_apply_mask(r);
		recompute_norm(r);
	}
}

/* ----------------------------------------------------------- after a shake */

/* SIGMA or SIGMA@STEP; without a step it is the first one. */
static bool
perturb_now(const struct nn_run *r, double *sigma)
{
	static uint64_t first = UINT64_MAX;
	char *end;
	uint64_t at;

	if (cli_train.perturb == NULL)
		return false;
	if (first == UINT64_MAX)
		first = r->step;
	*sigma = strtod(cli_train.perturb, &end);
	at = *end == '@' ? strtoull(end + 1, &end, 10) : first;
	if (end == cli_train.perturb || *end || !(*sigma >= 0))
		cli_usage("--perturb wants SIGMA or SIGMA@STEP, not \"%s\"",
		    cli_train.perturb);
	return r->step == at;
}

/* A weight with two or more dimensions. */
static bool
is_matrix(const struct nn_node *p)
{
	return p->wants && p->shape.rank >= 2;
}

static void
perturb_weight(struct nn_run *r, size_t i, double sigma)
{
	struct nn_node *p = nn_param_at(r->net, i);
	struct ckpt_tensor t = { .name = nn_param_name(r->net, i),
		.type = sizeof *p->x == 4 ? CKPT_F32 : CKPT_F64,
		.rank = p->shape.rank, .len = p->len, .data = p->x };
	char error[200];

	if (cli_add_noise(&t, sigma, cli_train.seed, error, sizeof error) < 0)
		cli_die("%s: %s", t.name, error);
}

void
cli_train_perturb(struct nn_run *r)
{
	size_t last = 0;
	double sigma;

	if (!perturb_now(r, &sigma))
		return;
	for (size_t i = 0; nn_param_at(r->net, i); i++)
		if (is_matrix(nn_param_at(r->net, i)))
			last = i;
	for (size_t i = 0; i < last; i++)
		if (is_matrix(nn_param_at(r->net, i)))
			perturb_weight(r, i, sigma);
	recompute_norm(r);
}
