/* ckpt-diff - compare two checkpoints, or two runs step by step */
#include <math.h>
#include <string.h>

#include "filter/stream_zip.h"
#include "filter/tensor_distance.h"

static bool equal_too;
static double tolerance = -1;

static const struct cli_opt opts[] = {
	{ 'a', "equal", OPT_FLAG, NULL, &equal_too,
	    "also print equal tensors", false },
	{ 'e', "tolerance", OPT_NUM, "x", &tolerance,
	    "equal if rel_frobenius is at most x", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "file file",
	.what = "compare two checkpoints, or two runs step by step",
	.opts = opts,
	.common = CLI_IN | CLI_TABLE,
	.trouble = 2,
};

static struct cli_table *table;
static bool compared;			/* a tensor of both files */

/* ------------------------------------------------------------------ rows */

/* One text if both are equal, else both with a slash between them. */
static void
print_pair(const char *x, const char *y)
{
	char both[2 * SHAPE_TEXT];

	snprintf(both, sizeof both, "%s/%s", x, y);
	cli_table_str(table, strcmp(x, y) == 0 ? x : both);
}

static void
print_row(uint64_t step, const struct ckpt_tensor t[2], struct cli_distance d)
{
	char x[SHAPE_TEXT], y[SHAPE_TEXT];

	cli_table_int(table, step);
	cli_table_str(table, t[0].name ? t[0].name : t[1].name);
	print_pair(t[0].name ? t[0].dtype : "-", t[1].name ? t[1].dtype : "-");
	print_pair(t[0].name ? cli_shape_text(x, &t[0]) : "-",
	    t[1].name ? cli_shape_text(y, &t[1]) : "-");
	cli_table_num(table, d.max_abs);
	cli_table_num(table, d.rel_frobenius);
	cli_table_num(table, d.cosine);
}

static void
open_table(const struct ckpt_rd *in)
{
	static bool started;

	if (!started)
		table = cli_table_open("step tensor dtype shape max_abs rel_frobenius "
		    "cosine", in);
	started = true;
}

/* Compare a pair of tensors; true if they are equal. */
static bool
compare_tensors(const struct ckpt_rd *in, const struct ckpt_tensor t[2])
{
	struct cli_distance d = { NAN, NAN, NAN };
	bool both = t[0].name && t[1].name && t[0].rank == t[1].rank &&
	    memcmp(t[0].dim, t[1].dim, t[0].rank * sizeof *t[0].dim) == 0;
	bool equal = both && strcmp(t[0].dtype, t[1].dtype) == 0 &&
	    t[0].size == t[1].size &&
	    (t[0].size == 0 || memcmp(t[0].data, t[1].data, t[0].size) == 0);

	compared |= t[0].name && t[1].name;
	if (both && (!equal || equal_too))
		d = cli_distance(&t[0], &t[1]);
	if (both && d.rel_frobenius <= tolerance)
		equal = true;
	if (!equal || equal_too) {
		open_table(in);
		print_row(ckpt_step(in), t, d);
	}
	return equal;
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	struct cli_zip *g;
	struct ckpt_tensor t[2];
	bool equal = true, started = equal_too || cli_output();

	if (!paths[0] || !paths[1] || paths[2])
		cli_usage("two checkpoints are compared; see --help");
	g = cli_zip_open(paths, 2, true);
	while (cli_zip_next_checkpoint(g)) {
		const struct ckpt_rd *in = cli_zip_reader(g, 0);

		if (started)
			open_table(in);
		while (cli_zip_next_tensor(g, t))
			equal &= compare_tensors(in, t);
	}
	if (!equal || started)
		cli_table_close(table);
	cli_zip_close(g);
	if (!compared)
		cli_die_empty("no tensor is in both files; ckpt-ls lists "
		    "their names");
	return equal ? 0 : 1;
}
