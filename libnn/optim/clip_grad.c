/* clip_grad.c - clipping of the gradients by their common norm */
#include <math.h>

#include "core/tape.h"
#include "optim.h"

enum { MAX_RANGES = 16 };	/* of nn_ranges_for */

struct clip {
	nn_real	*g;
	size_t	 len;
	nn_real	 scale;
	double	 sum[MAX_RANGES];
};

static void
sum_squares(void *arg, int i)
{
	struct clip *c = arg;
	struct nn_range p = nn_range_of(c->len, i, nn_ranges_for(c->len, 1));
	double sum = 0;

	#pragma omp simd reduction(+:sum)
	for (size_t j = p.from; j < p.to; j++)
		sum += (double)c->g[j] * c->g[j];
	c->sum[i] = sum;
}

static void
scale_range(void *arg, int i)
{
	struct clip *c = arg;
	struct nn_range p = nn_range_of(c->len, i, nn_ranges_for(c->len, 1));

	for (size_t j = p.from; j < p.to; j++)
		c->g[j] *= c->scale;
}

double
nn_clip_grad(struct nn *net, double max_norm)
{
	struct clip c = { .g = nn_gradients(net) };
	double sum = 0;
	int ranges;

	nn_weights(net, &c.len);
	ranges = nn_ranges_for(c.len, 1);
	nn_team_do(nn_team_of(net), ranges, sum_squares, &c);
	for (int i = 0; i < ranges; i++)
		sum += c.sum[i];
	sum = sqrt(sum);
	if (sum > max_norm) {
		c.scale = max_norm / (sum + 1e-6);	/* as PyTorch */
		nn_team_do(nn_team_of(net), ranges, scale_range, &c);
	}
	return sum;
}
