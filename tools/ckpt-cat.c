/* ckpt-cat - select, join, rename, cast and convert checkpoints */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "formats.h"

static const char *format_name = "ckpt", *dtype;
static struct list renames;

static const struct opt opts[] = {
	{ 'F', "format", OPT_STR, "format", &format_name,
	    "write ckpt (default) or safetensors", false },
	{ 'd', "dtype", OPT_STR, "dtype", &dtype,
	    "cast floating tensors: F32, BF16, F16, ...", false },
	{ 0, "rename", OPT_LIST, "old=new", &renames,
	    "names that begin with old begin with new", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "select, join, rename, cast and convert checkpoints",
	.opts = opts,
	.common = CLI_IN | CLI_OUT,
};

/* The name that t has from here on: the first rename that fits is taken. */
static const char *
rename_tensor(const char *name)
{
	static char renamed[2 * CKPT_NAME];

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

/* A copy of t in another type, through double, in memory of its own. */
static void
cast(struct tensor *t, enum ckpt_type type)
{
	enum { PART = 4096 };
	static char *data;
	static size_t room;
	size_t from = ckpt_type_size(t->type), to = ckpt_type_size(type);
	double part[PART];

	if (t->len * to > room)
		data = xrealloc(data, room = t->len * to);
	for (size_t i = 0; i < t->len; i += PART) {
		size_t n = t->len - i < PART ? t->len - i : PART;

		if (ckpt_to_double(part, (char *)t->data + i * from, t->type,
		    n) < 0 || ckpt_from_double(data + i * to, part, type,
		    n) < 0)
			die("%s: cannot cast %s to %s", t->name, t->dtype,
			    ckpt_type_name(type));
	}
	t->type = type;
	t->data = data;
}

static int
compare_steps(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Say so, once, if two checkpoints have the same step. */
static void
warn_of_twins(uint64_t *step, size_t n)
{
	if (n > 0)
		qsort(step, n, sizeof *step, compare_steps);
	for (size_t i = 1; i < n; i++)
		if (step[i] == step[i - 1]) {
			warn("step %" PRIu64 " comes more than once",
			    step[i]);
			return;
		}
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	const struct ckpt_format *format = NULL;
	enum ckpt_type type = dtype ? ckpt_type_of(dtype) : CKPT_OTHER;
	struct ckpt_rd *in;
	struct ckpt_wr *out;
	struct tensor t;
	uint64_t *step = NULL, nth = UINT64_MAX;
	size_t steps = 0;

	if (strcmp(format_name, "ckpt") != 0 &&
	    (format = format_to_write(format_name)) == NULL)
		usage("--format: cannot write \"%s\"", format_name);
	if (dtype && !ckpt_type_is_float(type))
		usage("--dtype: not a floating type: \"%s\"", dtype);
	for (size_t i = 0; i < renames.n; i++)
		if (strchr(renames.item[i], '=') == NULL)
			usage("--rename wants old=new, not \"%s\"",
			    renames.item[i]);
	in = cli_open(paths);
	out = cli_create(format);
	ckpt_inherit(out, in);
	while (cli_next(in, &t)) {
		bool casts = dtype && ckpt_type_is_float(t.type) &&
		    t.type != type;

		if (t.nth != nth) {
			step = xrealloc(step, (steps + 1) * sizeof *step);
			step[steps++] = ckpt_step(in);
			nth = t.nth;
		}
		if (!casts && renames.n == 0) {
			cli_check(out, ckpt_copy(out, in, &t));
			continue;
		}
		cli_load(in, &t);
		t.name = rename_tensor(t.name);
		if (casts)
			cast(&t, type);
		cli_check(out, ckpt_put(out, &t));
	}
	cli_finish(out);
	ckpt_close(in);
	warn_of_twins(step, steps);
	free(step);
	return 0;
}
