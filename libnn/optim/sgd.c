/* sgd.c - SGD with momentum and L2 weight decay, as PyTorch's */
#include "core/tape.h"
#include "optim.h"

struct update {
	nn_real	*x, *m;
	const nn_real *g;
	size_t	 len;
	nn_real	 rate, decay, momentum;
};

/* m = momentum m + (g + decay x); x = x - rate m */
static void
update_range(void *arg, int i)
{
	const struct update *u = arg;
	struct nn_range p = nn_range_of(u->len, i, nn_ranges_for(u->len, 1));
	nn_real *restrict x = u->x, *restrict m = u->m;
	const nn_real *restrict g = u->g;

	for (size_t j = p.from; j < p.to; j++) {
		m[j] = u->momentum * m[j] + (g[j] + u->decay * x[j]);
		x[j] -= u->rate * m[j];
	}
}

void
nn_sgd_step(struct nn_optimizer *o, struct nn *net, uint64_t t)
{
	struct update u = { .m = o->moment[0], .g = nn_gradients(net),
		.rate = o->lr, .decay = o->weight_decay,
		.momentum = o->momentum };

	(void)t;
	u.x = nn_weights(net, &u.len);
	nn_team_do(nn_team_of(net), nn_ranges_for(u.len, 1), update_range, &u);
}
