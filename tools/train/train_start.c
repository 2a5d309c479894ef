/* train_start.c - the initial weights of a run: a checkpoint, a mask, noise */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "filter/mask_file.h"
#include "filter/matrix_noise.h"
#include "trainer.h"

/* ----------------------------------------------------------- checkpoints */

/* May a branch differ from its trunk in this setting? */
static bool
is_branch_setting(const char *key)
{
	return cli_train.branch && !cli_train.resume &&
	    (strcmp(key, "train.seed") == 0 ||
	    strcmp(key, "train.mask") == 0 ||
	    strcmp(key, "train.perturb") == 0);
}

/* A run continues with the settings of its state; only its length may differ,
 * which is not among them. */
static void
check_settings(struct nn_run *r, struct ckpt_rd *in, void *unused)
{
	const char *key, *value;

	(void)unused;
	for (size_t i = 0; i < r->conf->n; i++) {
		const char *now = r->conf->pair[i].value;
		const char *then;

		key = r->conf->pair[i].key;
		then = ckpt_key(in, key);
		if (strchr(key, '.') && !is_branch_setting(key) &&
		    (then == NULL || strcmp(then, now) != 0))
			cli_die("%s: made with %s %s, not %s", ckpt_path(in),
			    key, then ? then : "missing", now);
	}
	for (size_t i = 0; ckpt_keys(in, i, &key, &value); i++)
		if (strncmp(key, "train.", 6) == 0 && !is_branch_setting(key) &&
		    nn_conf_get(r->conf, key) == NULL)
			cli_die("%s: made with %s %s", ckpt_path(in), key,
			    value);
}

static void
load_start(struct nn_run *r)
{
	char *state = (char *)(cli_train.resume ? cli_train.resume :
	    cli_train.branch);

	if (state)
		r->step = cli_train_load(r, (char *[]){ state, NULL }, true,
		    check_settings, NULL);
	else if (cli_train.init)
		cli_train_load(r, (char *[]){ (char *)cli_train.init, NULL },
		    false, NULL, NULL);
}

/* ------------------------------------------------------------------ mask */

/* A parameter as a tensor. */
static struct ckpt_tensor
param_tensor(const struct nn_run *r, size_t i)
{
	struct nn_node *p = nn_param_at(r->net, i);
	struct ckpt_tensor t = { .name = nn_param_name(r->net, i),
		.type = sizeof *p->x == 4 ? CKPT_F32 : CKPT_F64,
		.rank = p->shape.rank, .len = p->len, .data = p->x };

	for (int k = 0; k < t.rank; k++)
		t.dim[k] = p->shape.dim[k];
	return t;
}

/* The mask is a setting of the run, by its hash. */
static void
load_mask(struct nn_run *r, struct nn_conf *conf)
{
	struct cli_room room = { 0 };
	struct cli_mask mask;
	size_t len;

	cli_mask_read(&mask, cli_train.mask);
	for (size_t i = 0; nn_param_at(r->net, i); i++) {
		struct ckpt_tensor t = param_tensor(r, i);

		t.type = CKPT_BOOL;
		t.data = cli_reserve(&room, t.len);
		if (nn_param_at(r->net, i)->requires_grad &&
		    cli_mask_find(&mask, &t, "the network", t.data) &&
		    nn_run_set_mask(r, &t) < 0)
			cli_die("%s", nn_error(r->net));
	}
	cli_mask_check_found(&mask, "the network");
	cli_mask_free(&mask);
	free(room.p);
	nn_weights(r->net, &len);
	cli_train_set(conf, "train.mask", "%016" PRIx64,
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
	load_start(r);
	if (cli_train.mask && !cli_train.resume) {
		nn_run_apply_mask(r);
		recompute_norm(r);
	}
}

/* ---------------------------------------------------------- perturbation */

/* --perturb SIGMA@STEP, or SIGMA, which leaves *at alone. */
static void
parse_perturb(double *sigma, uint64_t *at)
{
	const char *s = cli_train.perturb;
	char *end;

	*sigma = strtod(s, &end);
	if (end > s && *end == '@' && end[1] >= '0' && end[1] <= '9')
		*at = strtoull(end + 1, &end, 10);
	if (end == s || *end || !(*sigma >= 0) || isinf(*sigma))
		cli_usage("--perturb wants SIGMA or SIGMA@STEP, not \"%s\"", s);
}

void
cli_train_check_perturb(void)
{
	double sigma;
	uint64_t at;

	if (cli_train.perturb)
		parse_perturb(&sigma, &at);
}

/* Is this the step of --perturb, or else the first of this run? */
static bool
is_perturbed(const struct nn_run *r, double *sigma)
{
	static uint64_t first = UINT64_MAX;
	uint64_t at;

	if (cli_train.perturb == NULL)
		return false;
	if (first == UINT64_MAX)
		first = r->step;
	at = first;
	parse_perturb(sigma, &at);
	return r->step == at;
}

static bool
is_matrix(const struct nn_node *p)
{
	return p->requires_grad && p->shape.rank >= 2;
}

void
cli_train_perturb(struct nn_run *r)
{
	char error[200];
	size_t last = 0;
	double sigma;

	if (!is_perturbed(r, &sigma))
		return;
	for (size_t i = 0; nn_param_at(r->net, i); i++)
		if (is_matrix(nn_param_at(r->net, i)))
			last = i;
	for (size_t i = 0; i < last; i++) {
		struct ckpt_tensor t = param_tensor(r, i);

		if (is_matrix(nn_param_at(r->net, i)) &&
		    cli_add_noise(&t, sigma, cli_train.seed, error,
		    sizeof error) < 0)
			cli_die("%s: %s", t.name, error);
	}
	recompute_norm(r);
}
