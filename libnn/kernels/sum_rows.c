/* sum_rows.c - the sum over rows, for gradients of what is broadcast to them */
#include "core/tape.h"

/* Columns of a task, of many rows and of one; about the most tasks. */
enum { COLUMNS = 64, LONG = 8192, TASKS = 1024 };

struct sum {
	nn_real		*to;
	const nn_real	*a;
	size_t		 n, m, columns;	/* columns: of a task */
};

/* Tasks are ranges of columns, so that every sum is in the order of rows. */
static void
sum_columns(void *arg, int i)
{
	const struct sum *s = arg;
	size_t from = i * s->columns;
	size_t n = s->m - from < s->columns ? s->m - from : s->columns;
	nn_real *restrict to = s->to + from;

	for (size_t row = 0; row < s->n; row++) {
		const nn_real *a = s->a + row * s->m + from;

		for (size_t j = 0; j < n; j++)
			to[j] += a[j];
	}
}

void
nn_sum_rows(const struct nn *net, nn_real *sum, const nn_real *a, size_t n,
    size_t m)
{
	struct sum s = { sum, a, n, m, n == 1 ? LONG : COLUMNS };

	if (m / s.columns > TASKS)
		s.columns = (m + TASKS - 1) / TASKS;
	nn_team_do(nn_team_of(net), (m + s.columns - 1) / s.columns,
	    sum_columns, &s);
}
