/* ckpt-audit - find faults in a series of checkpoints */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <xxhash.h>

#include "base/name_map.h"
#include "base/shape.h"
#include "cli/cli.h"
#include "esd.h"
#include "filter/moments.h"
#include "spec.h"

#define NO_STEP	UINT64_MAX

static const struct cli cli = {
	.operands = "[file ...]",
	.what = "find faults in a series of checkpoints",
	.opts = (const struct cli_opt[]){ { 0 } },
	.common = CLI_IN | CLI_TABLE,
	.trouble = 2,
};

static struct cli_table *table;

/* A tensor, as it was in the last checkpoint that had it. */
struct seen {
	char		*name, *dtype;
	struct ckpt_tensor	 t;		/* its shape */
	uint64_t	 hash, step;
	uint64_t	 nth;		/* of that one among the whole, from 1 */
	uint64_t	 times, equal;	/* equal: to the previous one */
	bool		 trained;	/* floating, two dimensions or more */
};

/* A checkpoint: its step, and a hash of its tensors' names and hashes. */
struct checkpoint { uint64_t step, content, tensors; };

static struct ckpt_name_map names;
static struct seen **all;		/* in order of appearance */
static size_t alls;
static struct checkpoint *series;
static size_t length;			/* with the one being read */
static size_t wholes;			/* of these, that were read whole */
static bool reading, damaged;		/* inside a checkpoint; it is damaged */
static char *last_path;			/* of the last checkpoint */
static bool found, unread;		/* findings; I/O errors */

__attribute__((format(printf, 4, 5)))
static void
print_finding(uint64_t step, const char *tensor, const char *what,
    const char *fmt,
    ...)
{
	char detail[2500];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);
	if (step == NO_STEP)
		cli_table_num(table, NAN);
	else
		cli_table_int(table, step);
	cli_table_str(table, tensor ? tensor : "");
	cli_table_str(table, what);
	cli_table_str(table, detail);
	found = true;
}

/* Tensors with the same finding: one line, however many they are. */
struct group { size_t n, named; char *first, names[1000]; };

__attribute__((format(printf, 3, 4)))
static void
add_to_group(struct group *g, const char *tensor, const char *fmt, ...)
{
	size_t at = strlen(g->names), left = sizeof g->names - at;
	char why[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	if (g->n++ == 0)
		g->first = cli_strdup(tensor);
	if ((size_t)snprintf(g->names + at, left, "%s%s (%s)", at ? ", " : "",
	    tensor, why) < left)
		g->named++;
	else
		g->names[at] = 0;
}

/* of: how many tensors there are. Empties the group. */
static void
print_group(uint64_t step, struct group *g, const char *what, size_t of)
{
	char more[40] = "";

	if (g->n > g->named)
		snprintf(more, sizeof more, " and %zu more", g->n - g->named);
	if (g->n > 0)
		print_finding(step, g->n == 1 ? g->first : NULL, what,
		    "%zu of %zu matrices: %s%s", g->n, of, g->names, more);
	free(g->first);
	*g = (struct group){ 0 };
}

/* ---------------------------------------------------------------- tensors */

static struct group fresh;
static size_t matrices;			/* in this checkpoint */

static struct seen *
find_tensor(const struct ckpt_tensor *t)
{
	void **slot = ckpt_name_map_find(&names, t->name);
	struct seen *s;

	if (slot)
		return *slot;
	s = cli_malloc(sizeof *s);
	*s = (struct seen){ .name = cli_strdup(t->name),
		.dtype = cli_strdup(t->dtype), .t = *t,
		.trained = t->rank > 1 && ckpt_type_is_float(t->type) };
	if (ckpt_name_map_add(&names, s->name, s) < 0)
		cli_die("out of memory");
	all = cli_realloc(all, (alls + 1) * sizeof *all);
	return all[alls++] = s;
}

static void
check_shape(const struct seen *s, const struct ckpt_tensor *t, uint64_t step)
{
	char before[SHAPE_TEXT], now[SHAPE_TEXT];

	if (!ckpt_equal_shapes(t, &s->t))
		print_finding(step, t->name, "shape",
		    "%s, was %s at step %" PRIu64,
		    ckpt_shape_text(now, t), ckpt_shape_text(before, &s->t),
		    s->step);
	if (strcmp(t->dtype, s->dtype) != 0)
		print_finding(step, t->name, "dtype",
		    "%s, was %s at step %" PRIu64,
		    t->dtype, s->dtype, s->step);
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Is the spectrum that of independent elements? Training adds singular values
 * above the random bulk. */
static bool
has_no_spike(const struct ckpt_tensor *t)
{
	struct spec_matrix m = spec_view(t, SPEC_FLAT, 0);
	size_t n = m.rows < m.cols ? m.rows : m.cols;
	double big = m.rows < m.cols ? m.cols : m.rows;
	double *s = cli_malloc((n + 1) * sizeof *s);
	struct spec_esd_bulk b = { .spikes = 1 };
	char error[200];

	if (spec_values(&m, s, error, sizeof error) == 0) {
		for (size_t i = 0; i < n; i++)
			s[i] *= s[i];
		qsort(s, n, sizeof *s, compare_doubles);
		spec_esd_fit_bulk(s, n, big, n, &b);
	}
	free(s);
	return b.spikes == 0;
}

static void
check_values(const struct ckpt_tensor *t, uint64_t step, bool trained)
{
	struct cli_values v;
	const char *drawn;

	cli_moments(t, &v);
	if (v.nan > 0)
		print_finding(step, t->name, "nan", "%" PRIu64 " of %" PRIu64
		    " elements", v.nan, v.n);
	if (v.inf > 0)
		print_finding(step, t->name, "inf", "%" PRIu64 " of %" PRIu64
		    " elements", v.inf, v.n);
	if (!trained || v.n < 2 || v.nan + v.inf == v.n)
		return;
	if (v.min == v.max && v.nan + v.inf == 0)
		print_finding(step, t->name, "constant", "all %" PRIu64
		    " elements are %.9g", v.n, v.min);
	/* as after a partial write into a zeroed array */
	else if (v.zeros_behind >= 64 && v.zeros_behind >= v.n / 8)
		print_finding(step, t->name, "zeros",
		    "the last %" PRIu64 " of %"
		    PRIu64 " elements are 0", v.zeros_behind, v.n);
	drawn = step > 0 ? cli_moments_fresh(&v) : NULL;
	if (drawn && has_no_spike(t))
		add_to_group(&fresh, t->name, "%s, standard deviation %.4g",
		    drawn, sqrt(v.variance));
}

static void
check_tensor(struct ckpt_rd *in, struct ckpt_tensor *t)
{
	struct seen *s = find_tensor(t);
	struct checkpoint *now = &series[length - 1];
	bool real = ckpt_type_size(t->type) > 0;
	uint64_t hash = t->hash;

	if (s->times > 0)
		check_shape(s, t, now->step);
	if (real && !cli_load(in, t))
		return;
	if (real && hash == 0)
		hash = XXH64(t->data, t->size, 0);
	if (ckpt_type_is_float(t->type))
		check_values(t, now->step, s->trained);
	matrices += s->trained;
	if (s->times > 0 && s->trained)
		s->equal += hash == s->hash;
	/* a sum, which does not depend on the order of tensors */
	now->content += XXH64(t->name, strlen(t->name), hash);
	now->tensors++;
	free(s->dtype);
	s->dtype = cli_strdup(t->dtype);
	s->t = *t;
	s->hash = hash;
	s->step = now->step;
	s->nth = wholes + 1;
	s->times++;
}

/* ------------------------------------------------------------ checkpoints */

/* Which tensors came and went. */
static void
check_names(uint64_t step)
{
	for (size_t i = 0; wholes > 1 && i < alls; i++) {
		struct seen *s = all[i];

		if (s->nth + 1 == wholes)
			print_finding(step, s->name, "missing",
			    "was there at step %" PRIu64, s->step);
		if (s->nth == wholes && s->times == 1)
			print_finding(step, s->name, "new",
			    "was in no checkpoint before");
	}
}

/* Is this checkpoint equal to an earlier one? If it is the previous one, its
 * tensors need no finding each. */
static void
check_content(const struct checkpoint *now)
{
	size_t i = length - 1;

	while (i-- > 0)
		if (now->tensors > 0 && series[i].content == now->content &&
		    series[i].tensors == now->tensors)
			break;
	if (i == SIZE_MAX)
		return;
	print_finding(now->step, NULL, "same", "every tensor is that of step %"
	    PRIu64, series[i].step);
	for (size_t k = 0; i == length - 2 && k < alls; k++)
		all[k]->equal -= all[k]->trained && all[k]->nth == wholes;
}

static void
end_checkpoint(void)
{
	const struct checkpoint *now = &series[length - 1];

	print_group(now->step, &fresh, "fresh", matrices);
	matrices = 0;
	reading = false;
	if (damaged) {
		/* what was read is not missed later */
		for (size_t i = 0; i < alls; i++)
			all[i]->nth -= all[i]->nth > wholes;
		damaged = false;
		return;
	}
	wholes++;
	check_names(now->step);
	check_content(now);
}

static void
check_step(const struct ckpt_rd *in, uint64_t step)
{
	uint64_t named;

	if (strcmp(ckpt_format_name(in), "ckpt") != 0 &&
	    ckpt_path_step(ckpt_path(in), &named) && named != step)
		print_finding(step, NULL, "misnumbered", "the name says step %"
		    PRIu64 ": %s", named, ckpt_path(in));
	for (size_t i = 0; i < length; i++)
		if (series[i].step == step) {
			print_finding(step, NULL, "repeated", "the step of "
			    "checkpoint %zu as well", i + 1);
			return;
		}
	if (length > 0 && step < series[length - 1].step)
		print_finding(step, NULL, "order", "comes after step %" PRIu64,
		    series[length - 1].step);
}

static void
open_table(const struct ckpt_rd *in)
{
	if (table == NULL)
		table = cli_table_open("step tensor finding detail", in);
}

static void
add_checkpoint(const struct ckpt_rd *in, uint64_t step)
{
	series = cli_realloc(series, (length + 1) * sizeof *series);
	series[length++] = (struct checkpoint){ .step = step };
	free(last_path);
	last_path = cli_strdup(ckpt_path(in));
}

static void
begin_checkpoint(struct ckpt_rd *in)
{
	open_table(in);
	check_step(in, ckpt_step(in));
	add_checkpoint(in, ckpt_step(in));
	reading = true;
}

/* For cli_on_damage. The step is that of the checkpoint, of the last one of this
 * file, or in the name of the file. */
static void
report_damage(struct ckpt_rd *in)
{
	uint64_t step = NO_STEP;

	if (ckpt_why(in) == CKPT_IO) {
		cli_warn("%s", ckpt_error(in));
		unread = true;
	}
	open_table(in);
	damaged = reading;
	if (last_path && strcmp(last_path, ckpt_path(in)) == 0)
		step = series[length - 1].step;
	else if (ckpt_path_step(ckpt_path(in), &step))
		add_checkpoint(in, step);
	print_finding(step, NULL, "damaged", "%s", ckpt_error(in));
}

/* ------------------------------------------------------------ the series */

/* A gap of several times the distance that is before and behind it. */
static void
check_gaps(void)
{
	for (size_t i = 2; i + 1 < length; i++) {
		uint64_t before = series[i - 1].step - series[i - 2].step;
		uint64_t gap = series[i].step - series[i - 1].step;
		uint64_t behind = series[i + 1].step - series[i].step;

		if (before == behind && before > 0 && gap > before &&
		    gap % before == 0 && gap < UINT64_MAX / 2)
			print_finding(series[i].step, NULL, "gap", "%" PRIu64
			    " checkpoints are missing after step %" PRIu64,
			    gap / before - 1, series[i - 1].step);
	}
}

static void
check_unmoved(void)
{
	struct group unmoved = { 0 };
	size_t trained = 0;

	for (size_t i = 0; i < alls; i++) {
		trained += all[i]->trained;
		if (all[i]->equal > 0)
			add_to_group(&unmoved, all[i]->name, "equal to the "
			    "step before %" PRIu64 " times of %" PRIu64,
			    all[i]->equal, all[i]->times - 1);
	}
	if (length > 0)
		print_group(series[length - 1].step, &unmoved, "unmoved",
		    trained);
}

int
main(int argc, char *argv[])
{
	char **paths = cli_start(argc, argv, &cli);
	struct ckpt_rd *in;

	openblas_set_num_threads(1);
	cli_on_damage(report_damage);
	in = cli_open(paths);
	cli_filter(in, begin_checkpoint, check_tensor, end_checkpoint);
	open_table(in);
	check_gaps();
	check_unmoved();
	cli_table_close(table);
	cli_close(in);
	ckpt_name_map_clear(&names, NULL);
	for (size_t i = 0; i < alls; i++) {
		free(all[i]->name);
		free(all[i]->dtype);
		free(all[i]);
	}
	free(all);
	free(series);
	free(last_path);
	return unread ? 2 : found;
}
