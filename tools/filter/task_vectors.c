/* task_vectors.c - merge models by task vectors, their differences to a base */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "linear_combination.h"
#include "task_vectors.h"
#include "tensor_noise.h"
#include "top_k.h"

enum { PART = 4096 };

struct cli_merger {
	const struct merge *how;
	struct cli_top_k	*largest;	/* of each model, or NULL */
	bool		 looking;	/* during a pass */
	double		*base;		/* PART elements of the base */
	double		*change;	/* and as many of each model */
	unsigned char	*chosen;
};

struct cli_merger *
cli_merger_open(const struct merge *how)
{
	struct cli_merger *m = cli_malloc(sizeof *m);

	*m = (struct cli_merger){ .how = how };
	m->base = cli_malloc(PART * sizeof *m->base);
	m->change = cli_malloc(how->n * PART * sizeof *m->change);
	m->chosen = cli_malloc(PART);
	if (how->keep < 1)
		m->largest = cli_malloc(how->n * sizeof *m->largest);
	for (size_t k = 0; m->largest && k < how->n; k++)
		m->largest[k] = (struct cli_top_k){ 0 };
	return m;
}

void
cli_merger_close(struct cli_merger *m)
{
	for (size_t k = 0; m->largest && k < m->how->n; k++)
		cli_top_free(&m->largest[k]);
	free(m->largest);
	free(m->base);
	free(m->change);
	free(m->chosen);
	free(m);
}

/* --------------------------------------------------- changes of one model */

/* DARE: some are dropped, and the others stand for them. i is a multiple of 4,
 * and x is those of model k from there on. */
static void
drop_changes(const struct merge *how, double *x, size_t k, const char *name,
    size_t i,
    size_t n)
{
	char purpose[32];
	uint64_t stream;
	uint32_t w[4];

	snprintf(purpose, sizeof purpose, "dare:%zu:", k + 1);
	stream = cli_noise_stream(purpose, name);
	for (size_t j = 0; j < n; j++) {
		if (j % 4 == 0)
			ckpt_philox(w, how->seed, stream, (i + j) / 4);
		x[j] = w[j % 4] / 0x1p32 < how->drop ? 0 :
		    x[j] / (1 - how->drop);
	}
}

/* The task vectors of all models, from element i on; how many elements. */
static size_t
task_vector(struct cli_merger *m, const struct ckpt_tensor t[], size_t i)
{
	size_t n = t->len - i < PART ? t->len - i : PART;

	cli_range_doubles(m->base, t, i, n);
	for (size_t k = 0; k < m->how->n; k++) {
		double *x = m->change + k * PART;

		cli_range_doubles(x, &t[k + 1], i, n);
		/* equal infinities, as in masks, are no change */
		for (size_t j = 0; j < n; j++)
			x[j] = x[j] == m->base[j] ? 0 : x[j] - m->base[j];
		if (m->how->drop > 0)
			drop_changes(m->how, x, k, t->name, i, n);
	}
	return n;
}

/* ------------------------------------------------------- the largest ones */

void
cli_merger_start(struct cli_merger *m, uint64_t pool)
{
	m->looking = false;
	for (size_t k = 0; m->largest && k < m->how->n; k++) {
		cli_top_free(&m->largest[k]);
		cli_top_start(&m->largest[k],
		    cli_top_share(m->how->keep, pool));
	}
}

bool
cli_merger_more(struct cli_merger *m)
{
	bool more = false;

	for (size_t k = 0; m->largest && k < m->how->n; k++) {
		if (m->looking && m->largest[k].more)
			cli_top_end(&m->largest[k]);
		more |= m->largest[k].more;
	}
	m->looking = true;
	return more;
}

void
cli_merger_look(struct cli_merger *m, const struct ckpt_tensor t[])
{
	for (size_t i = 0, n; i < t->len; i += n) {
		n = task_vector(m, t, i);
		for (size_t k = 0; k < m->how->n; k++)
			if (m->largest[k].more)
				cli_top_add(&m->largest[k],
				    m->change + k * PART, n);
	}
}

static void
trim_changes(struct cli_merger *m, size_t n)
{
	for (size_t k = 0; k < m->how->n; k++) {
		double *x = m->change + k * PART;

		cli_top_take(&m->largest[k], x, n, m->chosen);
		for (size_t j = 0; j < n; j++)
			if (!m->chosen[j])
				x[j] = 0;
	}
}

/* -------------------------------------------------------------- together */

/* The change of place j that is made of all models'. */
static double
elect_and_merge(const struct cli_merger *m, size_t j)
{
	const struct merge *how = m->how;
	const double *x = m->change + j;
	double sum = 0, part = 0, weight = 0;

	for (size_t k = 0; k < how->n; k++)
		sum += how->weight[k] * x[k * PART];
	/* signs that balance elect none; NaN stays NaN */
	if (!how->ties || sum == 0 || isnan(sum))
		return sum;
	for (size_t k = 0; k < how->n; k++)
		if (sum > 0 ? x[k * PART] > 0 : x[k * PART] < 0) {
			part += how->weight[k] * x[k * PART];
			weight += how->weight[k];
		}
	return part / weight;
}

void
cli_merger_put(struct cli_merger *m, void *dst, const struct ckpt_tensor t[])
{
	size_t size = ckpt_type_size(t->type);

	for (size_t i = 0, n; i < t->len; i += n) {
		n = task_vector(m, t, i);
		if (m->largest)
			trim_changes(m, n);
		for (size_t j = 0; j < n; j++) {
			double by = m->how->lambda * elect_and_merge(m, j);

			/* -0 + 0 is 0: what does not change keeps its sign */
			if (by != 0)
				m->base[j] += by;
		}
		ckpt_from_double((char *)dst + i * size, m->base, t->type, n);
	}
}
