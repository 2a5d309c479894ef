/* optimizer.c - the table of update rules, and the moments that they use */
#include <stdlib.h>
#include <string.h>

#include "core/tape.h"
#include "optim.h"

const struct nn_update_rule
	nn_adamw = { "adamw", { "adam.m.", "adam.v." }, nn_adamw_step },
	nn_sgd = { "sgd", { "sgd.momentum." }, nn_sgd_step };

static const struct nn_update_rule *const rules[] = { &nn_adamw, &nn_sgd };

static nn_real *
alloc_zeros(size_t len)
{
	nn_real *p = aligned_alloc(64, (len * sizeof *p + 64) / 64 * 64);

	if (p)
		memset(p, 0, len * sizeof *p);
	return p;
}

const struct nn_update_rule *
nn_find_update_rule(const char *name)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (strcmp(rules[i]->name, name) == 0)
			return rules[i];
	return NULL;
}

int
nn_optimizer_open(struct nn_optimizer *o, const struct nn *net)
{
	size_t len;

	nn_weights(net, &len);
	for (int i = 0; i < NN_MOMENTS && o->rule->moment[i]; i++) {
		o->moment[i] = alloc_zeros(len);
		if (o->moment[i] == NULL)
			return -1;
	}
	return 0;
}

void
nn_optimizer_close(struct nn_optimizer *o)
{
	for (int i = 0; i < NN_MOMENTS; i++)
		free(o->moment[i]);
}

void
nn_optimizer_step(struct nn_optimizer *o, struct nn *net, uint64_t t)
{
	o->rule->step(o, net, t);
}
