/* sum_rows.c - the sum of many rows, as gradients of shared rows need it */
#include "core/tape.h"

enum { COLUMNS = 64, LONG = 8192 };

struct sum {
	nn_real		*to;
	const nn_real	*a;
	size_t		 n, m, columns;
};

/* Threads take columns, so that every sum has one order. */
static void
some_columns(void *arg, int part)
{
	const struct sum *s = arg;
	size_t from = part * s->columns;
	size_t n = s->m - from < s->columns ? s->m - from : s->columns;
	nn_real *restrict to = s->to + from;

	for (size_t i = 0; i < s->n; i++) {
		const nn_real *a = s->a + i * s->m + from;

		for (size_t j = 0; j < n; j++)
			to[j] += a[j];
	}
}

void
nn_sum_rows(const struct nn *net, nn_real *sum, const nn_real *a, size_t n,
    size_t m)
{
	struct sum s = { sum, a, n, m, n == 1 ? LONG : COLUMNS };

	/* At most as many parts as a team takes. */
	if (m / s.columns > 1024)
		s.columns = (m + 1023) / 1024;
	nn_team_do(nn_team_of(net), (m + s.columns - 1) / s.columns, some_columns, &s);
}
