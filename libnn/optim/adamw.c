/* adamw.c - Adam with decoupled weight decay (Loshchilov and Hutter 2019) */
#include <tgmath.h>

#include "core/tape.h"
#include "optim.h"

/* rest1 = 1 - beta1, rest2 = 1 - beta2; rate and root correct their bias. */
struct update {
	nn_real	*x, *m, *v;
	const nn_real *g;
	size_t	 len;
	nn_real	 decay, beta1, rest1, beta2, rest2, rate, root, eps;
};

static void
update_range(void *arg, int i)
{
	const struct update *u = arg;
	struct nn_range p = nn_range_of(u->len, i, nn_ranges_for(u->len, 1));
	nn_real *restrict x = u->x, *restrict m = u->m, *restrict v = u->v;
	const nn_real *restrict g = u->g;

	for (size_t j = p.from; j < p.to; j++) {
		m[j] = u->beta1 * m[j] + u->rest1 * g[j];
		v[j] = u->beta2 * v[j] + u->rest2 * g[j] * g[j];
		x[j] = x[j] * u->decay - u->rate * m[j] /
		    (sqrt(v[j]) * u->root + u->eps);
	}
}

void
nn_adamw_step(struct nn_optimizer *o, struct nn *net, uint64_t t)
{
	struct update u = { .m = o->moment[0], .v = o->moment[1],
		.g = nn_gradients(net),
		.decay = 1 - o->lr * o->weight_decay,
		.beta1 = o->beta1, .rest1 = 1 - o->beta1,
		.beta2 = o->beta2, .rest2 = 1 - o->beta2,
		.rate = o->lr / (1 - pow(o->beta1, (double)t)),
		.root = 1 / sqrt(1 - pow(o->beta2, (double)t)), .eps = o->eps };

	u.x = nn_weights(net, &u.len);
	nn_team_do(nn_team_of(net), nn_ranges_for(u.len, 1), update_range, &u);
}
