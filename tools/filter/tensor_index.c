/* tensor_index.c - what the first checkpoint of a stream holds, known beforehand */
#include <stdlib.h>
#include <string.h>

#include "spec.h"
#include "tensor_index.h"

static void
keep(struct tensors *l, struct ckpt_rd *in, struct tensor *t, bool hold)
{
	struct tensor *copy;
	size_t n = l->n;

	/* twice the room whenever n is a power of two */
	if ((n & (n - 1)) == 0)
		l->t = xrealloc(l->t, (n ? 2 * n : 1) * sizeof *l->t);
	copy = &l->t[l->n++];
	*copy = *t;
	copy->name = xstrdup(t->name);
	if (hold && ckpt_type_is_float(t->type)) {
		cli_load(in, t);
		copy->data = memcpy(xmalloc(t->size), t->data, t->size);
	}
}

struct ckpt_rd *
tensors_first(struct tensors *l, char *paths[], struct tensor *next,
    bool *more)
{
	struct ckpt_rd *in;
	bool hold;

	if (!cli_is_pipe(paths))
		cli_rewind(paths);
	in = cli_open(paths);
	hold = cli_is_pipe(paths);
	*l = (struct tensors){ 0 };
	*more = cli_next(in, next);
	l->step = *more ? ckpt_step(in) : 0;
	for (uint64_t nth = next->nth; *more && next->nth == nth;
	    *more = cli_next(in, next))
		if (spec_count(next, SPEC_FLAT) > 0)
			keep(l, in, next, hold);
	if (hold) {
		l->held = l->n;
		return in;
	}
	ckpt_close(in);
	cli_rewind(paths);
	in = cli_open(paths);
	*more = cli_next(in, next);
	return in;
}

void
tensors_free(struct tensors *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free((char *)l->t[i].name);
		free(l->t[i].data);
	}
	free(l->t);
}
