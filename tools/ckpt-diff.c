/* ckpt-diff - compare two checkpoints, two runs, or the steps of a run */
#include <math.h>
#include <string.h>

#include "base/shape.h"
#include "filter/diff_rows.h"
#include "filter/series_pairs.h"
#include "filter/stream_zip.h"

static bool equal_too, from_first, to_previous;
static double tolerance = -1;
static const char *sort_by;

static const struct cli_opt opts[] = {
	{ 'a', "equal", OPT_FLAG, NULL, &equal_too,
	    "also print equal tensors", false },
	{ 'e', "tolerance", OPT_AMOUNT, "x", &tolerance,
	    "equal if rel_frobenius is at most x", false },
	{ 0, "from-first", OPT_FLAG, NULL, &from_first,
	    "compare each checkpoint of a series with the first", false },
	{ 0, "to-previous", OPT_FLAG, NULL, &to_previous,
	    "compare it with the previous one", false },
	{ 0, "sort", OPT_STR, "column", &sort_by,
	    "print rows at the end, largest differences first", false },
	{ 0 }
};

static const struct cli cli = {
	.operands = "file [file ...]",
	.what = "compare two checkpoints, two runs, or the steps of a run",
	.opts = opts,
	.common = CLI_IN | CLI_TABLE,
	.trouble = 2,
};

static bool compared;			/* a tensor of both checkpoints */

/* Compare a pair of tensors; true if they are equal. */
static bool
compare_tensors(const struct ckpt_rd *in, const struct ckpt_tensor t[2])
{
	struct cli_distance d = { NAN, NAN, NAN };
	bool both = t[0].name && t[1].name &&
	    ckpt_equal_shapes(&t[0], &t[1]);
	bool equal = both && strcmp(t[0].dtype, t[1].dtype) == 0 &&
	    t[0].size == t[1].size &&
	    (t[0].size == 0 || memcmp(t[0].data, t[1].data, t[0].size) == 0);

	compared |= t[0].name && t[1].name;
	if (both && (!equal || equal_too))
		d = cli_distance(&t[0], &t[1]);
	if (both && d.rel_frobenius <= tolerance)
		equal = true;
	if (!equal || equal_too)
		cli_diff_row(in, t, d);
	return equal;
}

static bool
compare_streams(char *paths[])
{
	struct cli_zip *g = cli_zip_open(paths, 2, true);
	struct ckpt_tensor t[2];
	bool equal = true;

	while (cli_zip_next_checkpoint(g)) {
		if (equal_too || cli_output())
			cli_diff_open(cli_zip_reader(g, 0));
		while (cli_zip_next_tensor(g, t))
			equal &= compare_tensors(cli_zip_reader(g,
			    t[0].name == NULL), t);
	}
	cli_zip_close(g);
	return equal;
}

static bool
compare_series(char *paths[])
{
	struct cli_series_pairs *p = cli_series_pairs_open(paths, from_first);
	struct ckpt_rd *in = cli_series_pairs_reader(p);
	struct ckpt_tensor t[2];
	bool equal = true, paired = false;

	while (cli_series_pairs_next(p)) {
		paired = true;
		if (equal_too || cli_output())
			cli_diff_open(in);
		while (cli_series_pairs_tensor(p, t))
			equal &= compare_tensors(in, t);
		cli_diff_flush();
	}
	if (!paired)
		cli_die_empty("one checkpoint has nothing to be compared with");
	cli_series_pairs_close(p);
	return equal;
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	bool series, equal;

	if (from_first && to_previous)
		cli_usage("--from-first and --to-previous do not go together");
	if (sort_by)
		cli_diff_sort(sort_by);
	series = from_first || to_previous || !paths[0] || !paths[1];
	if (!series && paths[2])
		cli_usage("two files are compared, or with --from-first or "
		    "--to-previous the checkpoints of a series");
	equal = series ? compare_series(paths) : compare_streams(paths);
	cli_diff_close();
	if (!compared)
		cli_die_empty("no tensor is in both checkpoints; ckpt-ls lists "
		    "their names");
	return equal ? 0 : 1;
}
