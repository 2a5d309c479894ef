/* clip_grad.c - gradients made shorter when all together are too long */
#include <math.h>

#include "core/tape.h"
#include "optim.h"

enum { MOST = 16 };	/* nn_ranges_for's */

struct clip {
	nn_real	*g;
	size_t	 len;
	nn_real	 by;
	double	 sum[MOST];
};

static void
add_squares(void *arg, int i)
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
scale(void *arg, int i)
{
	struct clip *c = arg;
	struct nn_range p = nn_range_of(c->len, i, nn_ranges_for(c->len, 1));

	for (size_t j = p.from; j < p.to; j++)
		c->g[j] *= c->by;
}

double
nn_clip_grad(struct nn *net, double norm)
{
	struct clip c = { .g = nn_gradients(net) };
	double sum = 0;
	int parts;

	nn_weights(net, &c.len);
	parts = nn_ranges_for(c.len, 1);
	nn_team_do(nn_team_of(net), parts, add_squares, &c);
	for (int i = 0; i < parts; i++)
		sum += c.sum[i];
	sum = sqrt(sum);
	if (sum > norm) {
		c.by = norm / (sum + 1e-6);	/* as PyTorch */
		nn_team_do(nn_team_of(net), parts, scale, &c);
	}
	return sum;
}
