/* train_mask.c - training under a mask: weights that stay 0 */
#include <stdlib.h>

#include "core/tape.h"
#include "train.h"
#include "train_state.h"

int
nn_run_set_mask(struct nn_run *r, const struct ckpt_tensor *t)
{
	const struct nn_node *p = nn_find_param(r->net, t->name);
	size_t len;
	nn_real *weights = nn_weights(r->net, &len);

	if (p == NULL || !p->requires_grad)
		return nn_fail(r->net, "%s: no such weight to mask",
		    t->name);
	if (t->type != CKPT_BOOL || !nn_has_shape(p, t))
		return nn_fail_misfit(r, p, "BOOL", t);
	if (r->mask == NULL) {
		r->mask = malloc((len + 1) * sizeof *r->mask);
		if (r->mask == NULL)
			return nn_fail(r->net, "out of memory");
		for (size_t i = 0; i < len; i++)
			r->mask[i] = 1;
	}
	for (size_t i = 0; i < p->len; i++)
		r->mask[p->x - weights + i] =
		    ((const unsigned char *)t->data)[i] != 0;
	return 0;
}

static void
apply_range(void *arg, int i)
{
	const struct nn_run *r = arg;
	const nn_real *restrict mask = r->mask;
	size_t len;
	nn_real *restrict x = nn_weights(r->net, &len);
	struct nn_range p = nn_range_of(len, i, nn_ranges_for(len, 1));

	/* not x * mask, which keeps the sign of zero, and NaN */
	for (size_t j = p.from; j < p.to; j++)
		x[j] = mask[j] > 0 ? x[j] : 0;
}

void
nn_run_apply_mask(struct nn_run *r)
{
	size_t len;

	nn_weights(r->net, &len);
	if (r->mask)
		nn_team_do(nn_team_of(r->net), nn_ranges_for(len, 1),
		    apply_range, r);
}
