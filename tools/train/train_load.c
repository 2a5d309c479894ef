/* cli_train_load.c - a network of the last checkpoint of a stream, without data */
#include "trainer.h"

void
cli_train_load(struct nn_run *r, struct nn_conf *conf, char *paths[],
    void (*open)(struct nn_run *, struct nn_conf *, struct ckpt_rd *))
{
	struct ckpt_rd *in = cli_open(paths);
	const char *missing;
	struct ckpt_tensor t;

	while (cli_next_checkpoint(in)) {
		if (r->net == NULL)
			open(r, conf, in);
		nn_run_missing(r, false);	/* the last counts */
		while (cli_next_tensor(in, &t)) {
			cli_load(in, &t);
			if (nn_run_take(r, &t, false) < 0)
				cli_die("%s: step %llu: %s", ckpt_path(in),
				    (unsigned long long)ckpt_step(in),
				    nn_error(r->net));
		}
	}
	if (r->net == NULL)
		cli_die("%s: no checkpoint", ckpt_path(in));
	missing = nn_run_missing(r, false);
	if (missing)
		cli_die("%s: %s is missing", ckpt_path(in), missing);
	ckpt_close(in);
}
