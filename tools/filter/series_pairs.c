/* series_pairs.c - each checkpoint of a stream beside its first or previous one */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_map.h"
#include "series_pairs.h"
#include "spill_file.h"

/* A checkpoint in a temporary file. */
struct stored {
	struct cli_spill	*spill;
	struct ckpt_name_map	 names;		/* index in it, plus 1 */
};

struct cli_series_pairs {
	struct ckpt_rd	*in;
	bool		 from_first;
	bool		 started;	/* earlier is complete */
	struct stored	 earlier, later;	/* later: if it is needed next */
	bool		*returned;	/* of each tensor of earlier */
	size_t		 nth;		/* the next that only earlier has */
	struct cli_room	 room;
};

static void
store_tensor(struct stored *c, const struct ckpt_tensor *t)
{
	uintptr_t number;

	cli_spill_put(c->spill, t);
	number = cli_spill_count(c->spill);
	if (ckpt_name_map_add(&c->names, t->name, (void *)number) < 0)
		cli_die("out of memory");
}

static void
clear_stored(struct stored *c)
{
	cli_spill_clear(c->spill);
	ckpt_name_map_clear(&c->names, NULL);
}

struct cli_series_pairs *
cli_series_pairs_open(char *paths[], bool from_first)
{
	struct cli_series_pairs *p = cli_malloc(sizeof *p);

	*p = (struct cli_series_pairs){ .from_first = from_first };
	p->in = cli_open(paths);
	ckpt_expand_ties(p->in, true);
	p->earlier.spill = cli_spill_open();
	p->later.spill = cli_spill_open();
	return p;
}

/* Store the first checkpoint; false if there is none. */
static bool
store_first(struct cli_series_pairs *p)
{
	struct ckpt_tensor t;

	if (!cli_next_checkpoint(p->in))
		return false;
	while (cli_next_tensor(p->in, &t)) {
		cli_load(p->in, &t);
		store_tensor(&p->earlier, &t);
	}
	return true;
}

bool
cli_series_pairs_next(struct cli_series_pairs *p)
{
	size_t n;

	if (!p->started) {
		p->started = store_first(p);
		if (!p->started)
			return false;
	} else if (!p->from_first) {
		struct stored swap = p->earlier;

		p->earlier = p->later;
		p->later = swap;
		clear_stored(&p->later);
	}
	if (!cli_next_checkpoint(p->in))
		return false;
	n = cli_spill_count(p->earlier.spill);
	free(p->returned);
	p->returned = cli_malloc(n * sizeof *p->returned);
	memset(p->returned, 0, n * sizeof *p->returned);
	p->nth = 0;
	return true;
}

bool
cli_series_pairs_tensor(struct cli_series_pairs *p, struct ckpt_tensor t[2])
{
	size_t n = cli_spill_count(p->earlier.spill), i = n;
	void **at;

	t[0] = t[1] = (struct ckpt_tensor){ 0 };
	if (cli_next_tensor(p->in, &t[1])) {
		cli_load(p->in, &t[1]);
		if (!p->from_first)
			store_tensor(&p->later, &t[1]);
		at = ckpt_name_map_find(&p->earlier.names, t[1].name);
		if (at)
			i = (uintptr_t)*at - 1;
	} else {
		t[1].name = NULL;
		while (p->nth < n && p->returned[p->nth])
			p->nth++;
		if (p->nth == n)
			return false;
		i = p->nth;
	}
	if (i < n) {
		cli_spill_get(p->earlier.spill, i, &t[0], &p->room);
		p->returned[i] = true;
	}
	return true;
}

struct ckpt_rd *
cli_series_pairs_reader(const struct cli_series_pairs *p)
{
	return p->in;
}

void
cli_series_pairs_close(struct cli_series_pairs *p)
{
	clear_stored(&p->earlier);
	clear_stored(&p->later);
	cli_spill_close(p->earlier.spill);
	cli_spill_close(p->later.spill);
	cli_close(p->in);
	free(p->returned);
	free(p->room.p);
	free(p);
}
