/* drain.c - work in flight is shown before a program waits, and before it fails */
#include "common.h"

static void (*finish)(bool whole);
static bool failing;

void
cli_on_drain(void (*f)(bool whole))
{
	finish = f;
}

void
cli_drain_checkpoint(const struct ckpt_rd *in)
{
	bool waits = !ckpt_is_ready(in);

	if (waits && finish)
		finish(true);
	/* columns of files are aligned over several checkpoints */
	cli_flush_tables(waits || ckpt_total(in) == 0, true);
	cli_flush_writer();
}

void
cli_drain_failed(void)
{
	if (failing)		/* finish itself failed */
		return;
	failing = true;
	if (finish)
		finish(false);
	cli_flush_tables(true, false);
}
