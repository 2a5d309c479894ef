/* diff_rows.c - the table of ckpt-diff, row by row or sorted at the end */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/shape.h"
#include "cli/cli.h"
#include "diff_rows.h"

static struct cli_table *table;

struct row {
	uint64_t	 step;
	char		*tensor, *dtype, *shape;
	struct cli_distance d;
};

static struct row *rows;		/* for --sort */
static size_t row_count, row_room;

enum column { STEP, TENSOR, DTYPE, SHAPE, MAX_ABS, REL_FROBENIUS, COSINE };

static const char *const names[] = { "step", "tensor", "dtype", "shape",
	"max_abs", "rel_frobenius", "cosine" };

enum { COLUMNS = sizeof names / sizeof *names };

static bool sorts;
static enum column sort_column;

void
cli_diff_sort(const char *column)
{
	struct cli_spelling meant = { .word = column };

	for (int i = 0; i < COLUMNS; i++) {
		if (strcmp(names[i], column) == 0) {
			sort_column = i;
			sorts = true;
			return;
		}
		cli_spelling_try(&meant, names[i]);
	}
	cli_usage("--sort: no column \"%s\"%s", column,
	    cli_spelling_hint(&meant));
}

/* Descending; NaN, which no number describes, is above all. */
static int
compare_descending(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(b) - isnan(a);
	return (a < b) - (a > b);
}

static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = 0;

	switch (sort_column) {
	case STEP:
		break;
	case TENSOR:
		order = strcmp(x->tensor, y->tensor);
		break;
	case DTYPE:
		order = strcmp(x->dtype, y->dtype);
		break;
	case SHAPE:
		order = strcmp(x->shape, y->shape);
		break;
	case MAX_ABS:
		order = compare_descending(x->d.max_abs, y->d.max_abs);
		break;
	case REL_FROBENIUS:
		order = compare_descending(x->d.rel_frobenius,
		    y->d.rel_frobenius);
		break;
	case COSINE:			/* of opposite ones it is smallest */
		order = compare_descending(-x->d.cosine, -y->d.cosine);
		break;
	}
	if (order == 0)
		order = (x->step > y->step) - (x->step < y->step);
	return order ? order : strcmp(x->tensor, y->tensor);
}

static void
print_row(const struct row *r)
{
	cli_table_int(table, r->step);
	cli_table_str(table, r->tensor);
	cli_table_str(table, r->dtype);
	cli_table_shape(table, r->shape);
	cli_table_num(table, r->d.max_abs);
	cli_table_num(table, r->d.rel_frobenius);
	cli_table_num(table, r->d.cosine);
}

void
cli_diff_close(void)
{
	if (row_count > 0)
		qsort(rows, row_count, sizeof *rows, compare_rows);
	for (size_t i = 0; i < row_count; i++) {
		print_row(&rows[i]);
		free(rows[i].tensor);
		free(rows[i].dtype);
		free(rows[i].shape);
	}
	free(rows);
	cli_table_close(table);
}

/* One text if both are equal, else both with a slash between them. */
static char *
join_pair(char both[2 * SHAPE_TEXT], const char *x, const char *y)
{
	bool same = strcmp(x, y) == 0;

	snprintf(both, 2 * SHAPE_TEXT, "%s%s%s", x, same ? "" : "/",
	    same ? "" : y);
	return both;
}

void
cli_diff_open(const struct ckpt_rd *in)
{
	if (table == NULL)
		table = cli_table_open("step tensor dtype shape max_abs "
		    "rel_frobenius cosine", in);
}

void
cli_diff_row(const struct ckpt_rd *in, const struct ckpt_tensor t[2],
    struct cli_distance d)
{
	char x[SHAPE_TEXT], y[SHAPE_TEXT], dtype[2 * SHAPE_TEXT];
	char shape[2 * SHAPE_TEXT];
	struct row r = { .step = ckpt_step(in), .d = d,
	    .tensor = (char *)(t[0].name ? t[0].name : t[1].name) };

	r.dtype = join_pair(dtype, t[0].name ? t[0].dtype : "-",
	    t[1].name ? t[1].dtype : "-");
	r.shape = join_pair(shape, t[0].name ? ckpt_shape_text(x, &t[0]) : "-",
	    t[1].name ? ckpt_shape_text(y, &t[1]) : "-");
	cli_diff_open(in);
	if (!sorts) {
		print_row(&r);
		return;
	}
	r.tensor = cli_strdup(r.tensor);
	r.dtype = cli_strdup(r.dtype);
	r.shape = cli_strdup(r.shape);
	if (row_count == row_room) {
		row_room = row_room ? 2 * row_room : 64;
		rows = cli_realloc(rows, row_room * sizeof *rows);
	}
	rows[row_count++] = r;
}

void
cli_diff_flush(void)
{
	if (table)
		cli_table_flush(table);
}
