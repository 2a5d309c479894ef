/* train_load.c - the weights of checkpoints, into a network */
#include <inttypes.h>

#include "trainer.h"

void
cli_train_load_checkpoint(struct nn_run *r, struct ckpt_rd *in, bool moments)
{
	const char *missing;
	struct ckpt_tensor t;

	while (cli_next_tensor(in, &t)) {
		cli_load(in, &t);
		if (nn_run_load_tensor(r, &t, moments) < 0)
			cli_die("%s: step %" PRIu64 ": %s", ckpt_path(in),
			    ckpt_step(in), nn_error(r->net));
	}
	missing = nn_run_missing(r, moments);
	if (missing)
		cli_die("%s: step %" PRIu64 ": %s is missing", ckpt_path(in),
		    ckpt_step(in), missing);
}

uint64_t
cli_train_load(struct nn_run *r, char *paths[], bool moments,
    void (*begin)(struct nn_run *, struct ckpt_rd *, void *), void *arg)
{
	struct ckpt_rd *in = cli_open(paths);
	bool found = false;
	uint64_t step = 0;

	while (cli_next_checkpoint(in)) {
		if (begin)
			begin(r, in, arg);
		cli_train_load_checkpoint(r, in, moments);
		step = ckpt_step(in);
		found = true;
	}
	if (!found)
		cli_die("%s: no checkpoint", ckpt_path(in));
	cli_close(in);
	return step;
}
