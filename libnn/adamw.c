/* adamw.c - Adam with decoupled weight decay (Loshchilov and Hutter 2019) */
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

#include "tape.h"

struct update {
	nn_real	*x, *m, *v;
	const nn_real *g;
	size_t	 len;
	nn_real	 keep, b1, new1, b2, new2, rate, root, eps;
};

static nn_real *
zeros(size_t len)
{
	nn_real *p = aligned_alloc(64, (len * sizeof *p + 64) / 64 * 64);

	if (p)
		memset(p, 0, len * sizeof *p);
	return p;
}

int
nn_adamw_open(struct nn_adamw *o, const struct nn *net)
{
	size_t len;

	nn_weights(net, &len);
	o->m = zeros(len);
	o->v = zeros(len);
	return o->m && o->v ? 0 : -1;
}

void
nn_adamw_close(struct nn_adamw *o)
{
	free(o->m);
	free(o->v);
}

static void
update(void *arg, int i)
{
	const struct update *u = arg;
	struct part p = part_of(u->len, i, parts_for(u->len, 1));
	nn_real *restrict x = u->x, *restrict m = u->m, *restrict v = u->v;
	const nn_real *restrict g = u->g;

	for (size_t j = p.from; j < p.to; j++) {
		m[j] = u->b1 * m[j] + u->new1 * g[j];
		v[j] = u->b2 * v[j] + u->new2 * g[j] * g[j];
		x[j] = x[j] * u->keep - u->rate * m[j] /
		    (sqrt(v[j]) * u->root + u->eps);
	}
}

void
nn_adamw_step(struct nn_adamw *o, struct nn *net, uint64_t t)
{
	struct update u = { .m = o->m, .v = o->v, .g = nn_gradients(net),
		.keep = 1 - o->lr * o->decay,
		.b1 = o->beta1, .new1 = 1 - o->beta1,
		.b2 = o->beta2, .new2 = 1 - o->beta2,
		.rate = o->lr / (1 - pow(o->beta1, (double)t)),
		.root = 1 / sqrt(1 - pow(o->beta2, (double)t)), .eps = o->eps };

	u.x = nn_weights(net, &u.len);
	team_do(nn_team(net), parts_for(u.len, 1), update, &u);
}
