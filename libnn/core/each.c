/* each.c - what ops on single elements share: ranges of them on all threads */
#include "tape.h"

struct each {
	struct nn_node	*y;
	void		(*fn)(struct nn_node *, struct part);
};

static void
some(void *arg, int i)
{
	const struct each *e = arg;

	e->fn(e->y, part_of(e->y->len, i, parts_for(e->y->len, 1)));
}

void
nn_each(struct nn_node *y, void (*fn)(struct nn_node *, struct part))
{
	struct each e = { y, fn };

	team_do(nn_team(y->net), parts_for(y->len, 1), some, &e);
}
