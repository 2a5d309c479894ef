/* ckpt-verify - read everything and check every checksum and rule */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static const struct cli_opt opts[] = { { 0 } };

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "check that checkpoints are complete and undamaged",
	.opts = opts,
	.common = 0,
};

/* Read what is left of a checkpoint; *whole becomes false, after a message, if
 * not all its tensors can be read. 0, or -1 after an error. */
static int
verify_checkpoint(struct ckpt_rd *in, bool *whole)
{
	struct ckpt_tensor t;
	int n;

	while ((n = ckpt_next_tensor(in, &t)) == 1) {
		if (t.type == CKPT_OTHER) {
			cli_warn("%s: step %" PRIu64 ": %s: dtype %s cannot "
			    "be read", ckpt_path(in), ckpt_step(in), t.name,
			    t.dtype);
			*whole = false;
		} else if (ckpt_load(in, &t) < 0) {
			return -1;
		}
		cli_progress(ckpt_tell(in) / 1e6, ckpt_total(in) / 1e6, "MB",
		    t.name);
	}
	if (ckpt_left_out(in)) {
		cli_warn("%s", ckpt_left_out(in));
		*whole = false;
	}
	return n;
}

/* Verify the files of an operand, or of several that are shards of one
 * checkpoint; false after a message. */
static bool
verify_files(char *paths[])
{
	struct ckpt_rd *in = cli_open(paths);
	bool whole = true;
	int n;

	while ((n = ckpt_next_checkpoint(in)) != 0)
		if (n < 0 || verify_checkpoint(in, &whole) < 0) {
			cli_warn("%s", ckpt_error(in));
			whole = false;
			ckpt_skip_file(in);
		}
	cli_print_notices(in);
	cli_progress_end();
	if (whole && ckpt_unknown_frames(in) > 0)
		cli_warn("%s: skipped %llu skippable frames of unknown kind",
		    strcmp(*paths, "-") == 0 ? "standard input" : *paths,
		    (unsigned long long)ckpt_unknown_frames(in));
	cli_close(in);
	return whole;
}

/* Move to part the first path and those of further shards of it. */
static void
split_paths(char *paths[], char *part[])
{
	char *first = paths[0];
	size_t n = 0, left = 0;

	for (size_t i = 0; paths[i]; i++)
		if (i == 0 || ckpt_are_shards(first, paths[i]))
			part[n++] = paths[i];
		else
			paths[left++] = paths[i];
	part[n] = paths[left] = NULL;
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli), **part;
	bool good = true;

	if (*paths == NULL)
		return verify_files((char *[]){ "-", NULL }) ? 0 : 1;
	part = cli_malloc((argc + 1) * sizeof *part);
	while (*paths) {
		split_paths(paths, part);
		good &= verify_files(part);
	}
	free(part);
	return good ? 0 : 1;
}
