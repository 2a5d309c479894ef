/* ckpt-ls - list the tensors or the metadata of checkpoints */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/shape.h"
#include "cli/cli.h"

static bool metadata, hash;

static const struct cli_opt opts[] = {
	{ 'm', "metadata", OPT_FLAG, NULL, &metadata,
	    "print keys and provenance instead", false },
	{ 0, "hash", OPT_FLAG, NULL, &hash,
	    "add the XXH64 of each tensor's bytes", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "list tensors or metadata of checkpoints",
	.opts = opts,
	.common = CLI_IN | CLI_TABLE,
};

static struct cli_table *table;

/* The provenance of the input is known at its first checkpoint. */
static void
open_table(const struct ckpt_rd *in)
{
	static bool started;

	if (!started)
		table = cli_table_open(metadata ? "step key value" : hash ?
		    "step tensor dtype shape bytes hash" :
		    "step tensor dtype shape bytes", in);
	started = true;
}

static void
print_tensor(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	char s[17] = "", shape[SHAPE_TEXT], tie[CKPT_NAME + 2];

	if (t->tie)
		snprintf(tie, sizeof tie, "=%s", t->tie);
	cli_table_int(table, ckpt_step(in));
	cli_table_str(table, t->name);
	cli_table_str(table, t->tie ? tie : t->dtype);
	cli_table_shape(table, ckpt_shape_text(shape, t));
	cli_table_int(table, t->tie ? 0 : t->size);
	if (!hash)
		return;
	if (t->hash == 0 && t->type != CKPT_OTHER) {	/* not in the file */
		cli_load(in, t);
		t->hash = XXH64(t->data, t->size, 0);
	}
	if (t->hash != 0)
		snprintf(s, sizeof s, "%016" PRIx64, t->hash);
	cli_table_str(table, s);
}

static void
print_keys(struct ckpt_rd *in)
{
	const char *key, *value;

	for (size_t i = 0; ckpt_keys(in, i, &key, &value); i++) {
		char *parts = cli_strdup(value), *p = parts;

		/* cells have no tabs: separate the fields of via and tie by
		 * spaces */
		while ((p = strchr(p, '\t')))
			*p = ' ';
		cli_table_int(table, ckpt_step(in));
		cli_table_str(table, key);
		cli_table_str(table, parts);
		free(parts);
	}
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	struct ckpt_rd *in = cli_open(paths);
	struct ckpt_tensor t;

	ckpt_expand_ties(in, true);
	while (cli_next_checkpoint(in)) {
		open_table(in);
		if (metadata)
			print_keys(in);
		while (cli_next_tensor(in, &t))
			if (!metadata)
				print_tensor(in, &t);
	}
	open_table(in);
	cli_table_close(table);
	cli_close(in);
	return 0;
}
