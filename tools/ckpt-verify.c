/* ckpt-verify - read everything and check every checksum and rule */
#include <string.h>

#include "cli/cli.h"

static const struct cli_opt opts[] = { { 0 } };

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "check that checkpoints are complete and undamaged",
	.opts = opts,
	.common = 0,
};

/* Verify one file; false after a message. */
static bool
verify_file(char *path)
{
	struct ckpt_rd *in = cli_open((char *[]){ path, NULL });
	struct ckpt_tensor t;
	int n;

	while ((n = ckpt_next_checkpoint(in)) == 1)
		while ((n = ckpt_next_tensor(in, &t)) == 1 &&
		    (n = ckpt_load(in, &t)) == 0)
			cli_progress(ckpt_tell(in) / 1e6,
			    ckpt_total(in) / 1e6, "MB", t.name);
	cli_progress_end();
	if (n < 0)
		cli_warn("%s", ckpt_error(in));
	else if (ckpt_unknown_frames(in) > 0)
		cli_warn("%s: skipped %llu skippable frames of unknown kind",
		    strcmp(path, "-") == 0 ? "standard input" : path,
		    (unsigned long long)ckpt_unknown_frames(in));
	ckpt_close(in);
	return n == 0;
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	bool good = true;

	if (*paths == NULL)
		good = verify_file("-");
	for (; *paths; paths++)
		good &= verify_file(*paths);
	return good ? 0 : 1;
}
