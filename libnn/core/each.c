/* each.c - what ops on single elements share: ranges of them on all threads */
#include "tape.h"

struct each {
	struct nn_node	*y;
	void		(*fn)(struct nn_node *, struct nn_range);
};

static void
some(void *arg, int i)
{
	const struct each *e = arg;

	e->fn(e->y, nn_range_of(e->y->len, i, nn_ranges_for(e->y->len, 1)));
}

void
nn_each(struct nn_node *y, void (*fn)(struct nn_node *, struct nn_range))
{
	struct each e = { y, fn };

	nn_team_do(nn_team_of(y->net), nn_ranges_for(y->len, 1), some, &e);
}
