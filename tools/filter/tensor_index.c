/* tensor_index.c - the matrices of the first checkpoint */
#include <stdlib.h>
#include <string.h>

#include "spec.h"
#include "tensor_index.h"

static void
add_tensor(struct cli_tensors *l, struct ckpt_rd *in, struct ckpt_tensor *t,
    bool hold)
{
	struct ckpt_tensor *copy;
	size_t n = l->n;

	/* double the allocation whenever n is a power of two */
	if ((n & (n - 1)) == 0)
		l->t = cli_realloc(l->t, (n ? 2 * n : 1) * sizeof *l->t);
	copy = &l->t[l->n++];
	*copy = *t;
	copy->name = cli_strdup(t->name);
	if (hold && ckpt_type_is_float(t->type)) {
		cli_load(in, t);
		copy->data = memcpy(cli_malloc(t->size), t->data, t->size);
	}
}

struct ckpt_rd *
cli_tensor_index(struct cli_tensors *l, char *paths[], bool *more)
{
	struct ckpt_rd *in;
	struct ckpt_tensor t;
	bool hold;

	if (!cli_is_pipe(paths))
		cli_rewind(paths);
	in = cli_open(paths);
	hold = cli_is_pipe(paths);
	*l = (struct cli_tensors){ 0 };
	*more = cli_next_checkpoint(in);
	while (cli_next_tensor(in, &t))
		if (spec_count(&t, SPEC_FLAT) > 0)
			add_tensor(l, in, &t, hold);
	if (hold) {
		l->held = l->n;
		return in;
	}
	cli_close(in);
	cli_rewind(paths);
	in = cli_open(paths);
	*more = cli_next_checkpoint(in);
	return in;
}

void
cli_tensor_index_free(struct cli_tensors *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free((char *)l->t[i].name);
		free(l->t[i].data);
	}
	free(l->t);
}
