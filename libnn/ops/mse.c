/* mse.c - mean squared difference to an array that is given */
#include "core/tape.h"

static int
shape(struct nn_node *y)
{
	y->shape = nn_shape(1);
	return 0;
}

static int
parts(const struct nn_node *y)
{
	return nn_ranges_for(y->in[0]->len, 1);
}

/* aux: a sum for each part */
static void
some(void *arg, int part)
{
	struct nn_node *y = arg;
	struct nn_range p = nn_range_of(y->in[0]->len, part, parts(y));
	const nn_real *x = y->in[0]->x, *to = *(const nn_real **)y->arg;
	double sum = 0;

	#pragma omp simd reduction(+:sum)
	for (size_t i = p.from; i < p.to; i++)
		sum += (double)(x[i] - to[i]) * (x[i] - to[i]);
	((double *)y->aux)[part] = sum;
}

static void
forward(struct nn_node *y)
{
	double sum = 0;

	y->aux = nn_alloc(y->net, parts(y), sizeof sum);
	if (y->aux == NULL)
		return;
	nn_team_do(nn_team_of(y->net), parts(y), some, y);
	for (int i = 0; i < parts(y); i++)
		sum += ((double *)y->aux)[i];
	y->x[0] = sum / y->in[0]->len;
}

static void
some_back(void *arg, int part)
{
	struct nn_node *y = arg;
	struct nn_range p = nn_range_of(y->in[0]->len, part, parts(y));
	const nn_real *x = y->in[0]->x, *to = *(const nn_real **)y->arg;
	nn_real by = y->g[0] * 2 / y->in[0]->len;
	nn_real *restrict dx = y->in[0]->g;

	for (size_t i = p.from; i < p.to; i++)
		dx[i] += by * (x[i] - to[i]);
}

static void
backward(struct nn_node *y)
{
	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net), parts(y), some_back, y);
}

struct nn_node *
nn_mse(struct nn_node *y, const nn_real *to)
{
	static const struct nn_op op = { "distance", shape, forward, backward,
		sizeof to };

	return nn_apply(&op, &to, y);
}
