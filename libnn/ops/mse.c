/* mse.c - mean squared error with respect to a target */
#include "core/tape.h"

static int
shape(struct nn_node *y)
{
	y->shape = NN_SHAPE(1);
	return 0;
}

static int
count_ranges(const struct nn_node *y)
{
	return nn_ranges_for(y->in[0]->len, 1);
}

/* aux: a sum for each range */
static void
sum_squares(void *arg, int part)
{
	struct nn_node *y = arg;
	struct nn_range p = nn_range_of(y->in[0]->len, part, count_ranges(y));
	const nn_real *x = y->in[0]->x, *target = *(const nn_real **)y->arg;
	double sum = 0;

	#pragma omp simd reduction(+:sum)
	for (size_t i = p.from; i < p.to; i++)
		sum += (double)(x[i] - target[i]) * (x[i] - target[i]);
	((double *)y->aux)[part] = sum;
}

static void
forward(struct nn_node *y)
{
	double sum = 0;

	y->aux = nn_alloc(y->net, count_ranges(y), sizeof sum);
	if (y->aux == NULL)
		return;
	nn_team_do(nn_team_of(y->net), count_ranges(y), sum_squares, y);
	for (int i = 0; i < count_ranges(y); i++)
		sum += ((double *)y->aux)[i];
	y->x[0] = sum / y->in[0]->len;
}

static void
backprop_range(void *arg, int part)
{
	struct nn_node *y = arg;
	struct nn_range p = nn_range_of(y->in[0]->len, part, count_ranges(y));
	const nn_real *x = y->in[0]->x, *target = *(const nn_real **)y->arg;
	nn_real scale = y->g[0] * 2 / y->in[0]->len;
	nn_real *restrict dx = y->in[0]->g;

	for (size_t i = p.from; i < p.to; i++)
		dx[i] += scale * (x[i] - target[i]);
}

static void
backward(struct nn_node *y)
{
	if (nn_grad(y->in[0]))
		nn_team_do(nn_team_of(y->net), count_ranges(y),
		    backprop_range, y);
}

struct nn_node *
nn_mse_loss(struct nn_node *y, const nn_real *target)
{
	static const struct nn_op op = { "mse_loss", shape, forward, backward,
		sizeof target };

	return nn_apply(&op, &target, y);
}
