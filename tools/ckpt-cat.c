/* ckpt-cat - select, join, rename, cast and convert checkpoints */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "filter/shard_writer.h"
#include "filter/tensor_cast.h"
#include "formats.h"

static const char *format_name, *dtype, *shard_size;
static struct cli_list renames;
static char format_help[200];
static int64_t step = -1;		/* of --step */
static enum ckpt_type type;		/* of --dtype */
static struct ckpt_wr *out;		/* NULL: write shards */

static const struct cli_opt opts[] = {
	{ 'F', "format", OPT_STR, "format", &format_name,
	    format_help, false },
	{ 'd', "dtype", OPT_STR, "dtype", &dtype,
	    "cast floating tensors: F32, BF16, F16, ...", false },
	{ 0, "rename", OPT_LIST, "old=new", &renames,
	    "replace the prefix old of names by new", false },
	{ 0, "step", OPT_INT, "n", &step,
	    "write the only checkpoint as that of step n", false },
	{ 0, "shard-size", OPT_STR, "size", &shard_size,
	    "write shards of at most this size, and an index", true },
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "select, concatenate, rename, cast and convert checkpoints",
	.opts = opts,
	.common = CLI_IN | CLI_OUT,
};

/* The new name of a tensor, by the first --rename that applies. */
static const char *
rename_tensor(const char *name, void *arg)
{
	static char renamed[2 * CKPT_NAME];

	(void)arg;
	for (size_t i = 0; i < renames.n; i++) {
		const char *old = renames.item[i], *to = strchr(old, '=');
		size_t n = to - old;

		if (strncmp(name, old, n) == 0) {
			snprintf(renamed, sizeof renamed, "%s%s", to + 1,
			    name + n);
			return renamed;
		}
	}
	return name;
}

static bool
is_castable(enum ckpt_type to)
{
	double x = 0, out;

	return ckpt_type_is_float(to) && ckpt_from_double(&out, &x, to, 1) == 0;
}

static void
parse_dtype(void)
{
	char names[200] = "";

	type = ckpt_find_type(dtype);
	if (is_castable(type))
		return;
	for (int i = CKPT_C128; i > 0; i--)
		if (is_castable(i))
			snprintf(names + strlen(names),
			    sizeof names - strlen(names), "%s%s",
			    *names ? ", " : "", ckpt_type_name(i));
	cli_usage("--dtype: not a floating type: \"%s\"; there are %s", dtype,
	    names);
}

static void
begin_checkpoint(struct ckpt_rd *in)
{
	static bool second;

	if (second && step >= 0)
		cli_die("--step is for one checkpoint, and step %llu is the "
		    "second: choose with -s",
		    (unsigned long long)ckpt_step(in));
	second = true;
	if (out == NULL) {
		cli_shards_begin(in, step);
		return;
	}
	cli_check(out, ckpt_begin_from(out, in));
	if (step >= 0)
		cli_check(out, ckpt_set_step(out, (uint64_t)step));
}

/* Write t, renamed and cast, to the output or to its shard. */
static void
write_tensor(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	struct ckpt_wr *to = out;
	const char *name = rename_tensor(t->name, NULL);
	bool casts = dtype && ckpt_type_is_float(t->type) && t->type != type;
	bool same = !casts && strcmp(name, t->name) == 0;

	if (!same) {
		cli_load(in, t);
		t->name = name;
		if (casts)
			cli_cast(t, type, ckpt_step(in));
	}
	if (to == NULL)
		to = cli_shard_for(t);
	cli_check(to, same ? ckpt_copy(to, in, t) : ckpt_put(to, t));
}

int
main(int argc, char *argv[])
{
	char **paths;
	const struct ckpt_format *format;
	struct ckpt_rd *in;
	uint64_t size = 0;
	int n;

	n = snprintf(format_help, sizeof format_help, "write ");
	ckpt_list_writable_formats(format_help + n, sizeof format_help - n);
	paths = cli_start(argc, argv, &cli);
	format = cli_output_format(format_name);
	if (dtype)
		parse_dtype();
	if (step < -1)
		cli_usage("--step wants 0 or more, not %lld", (long long)step);
	for (size_t i = 0; i < renames.n; i++)
		if (strchr(renames.item[i], '=') == NULL)
			cli_usage("--rename wants old=new, not \"%s\"",
			    renames.item[i]);
	if (shard_size && format == NULL)
		cli_usage("--shard-size: a ckpt/1 stream is one file; -o "
		    "x.safetensors or -F choose another format");
	if (shard_size)
		size = cli_shard_size(shard_size);
	in = cli_open(paths);
	if (size) {
		cli_shards_open(format, size);
	} else {
		out = cli_create(format_name);
		ckpt_rename_ties(out, rename_tensor, NULL);
	}
	cli_filter(in, begin_checkpoint, write_tensor, NULL);
	if (size)
		cli_shards_close();
	else
		cli_finish(out);
	cli_close(in);
	return cli_cast_report() ? 0 : 1;
}
