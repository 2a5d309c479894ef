/* mask_file.c - a mask that was made before, in memory: a bit for each weight */
#include <stdlib.h>
#include <string.h>

#include "formats.h"
#include "mask_file.h"

struct bits {
	struct ckpt_tensor	 t;		/* its shape */
	uint64_t	 kept;
	unsigned char	*bit;
};

static void
add(struct cli_mask *g, const struct ckpt_tensor *t)
{
	enum { PART = 4096 };
	double x[PART];
	struct bits *b = cli_malloc(sizeof *b);

	*b = (struct bits){ .t = *t, .bit = cli_malloc(t->len / 8 + 1) };
	memset(b->bit, 0, t->len / 8 + 1);
	for (size_t i = 0; i < t->len; i++) {
		size_t k = i % PART, n = t->len - i < PART ? t->len - i : PART;

		if (k == 0 && ckpt_to_double(x, (char *)t->data +
		    i * ckpt_type_size(t->type), t->type, n) < 0)
			cli_die("%s: %s is no mask", t->name, t->dtype);
		b->kept += x[k] != 0;
		b->bit[i / 8] |= (x[k] != 0) << i % 8;
	}
	if (ckpt_name_map_add(&g->names, t->name, b) < 0)
		cli_die("out of memory");
	g->n++;
}

void
cli_mask_read(struct cli_mask *g, const char *path)
{
	char *paths[] = { (char *)path, NULL };
	struct ckpt_rd *in = ckpt_open(paths, ckpt_formats);
	struct ckpt_tensor t;
	int r;

	*g = (struct cli_mask){ 0 };
	if (in == NULL)
		cli_die("out of memory");
	while ((r = ckpt_next_checkpoint(in)) == 1) {
		if (ckpt_nth(in) > 0)
			cli_die("%s: a mask is one checkpoint, and this has more",
			    path);
		while ((r = ckpt_next_tensor(in, &t)) == 1) {
			cli_load(in, &t);
			add(g, &t);
		}
		if (r < 0)
			break;
	}
	if (r < 0)
		cli_die("%s", ckpt_error(in));
	ckpt_close(in);
}

bool
cli_mask_find(const struct cli_mask *g, const struct ckpt_tensor *t, unsigned char *keep,
    uint64_t *kept)
{
	void **at = ckpt_name_map_find(&g->names, t->name);
	const struct bits *b = at ? *at : NULL;

	if (b == NULL)
		return false;
	if (b->t.rank != t->rank ||
	    memcmp(b->t.dim, t->dim, t->rank * sizeof *t->dim) != 0)
		cli_die("%s: its shape is not that of its mask", t->name);
	for (uint64_t i = 0; i < t->len; i++)
		keep[i] = b->bit[i / 8] >> i % 8 & 1;
	*kept = b->kept;
	return true;
}

static void
drop(void *arg)
{
	struct bits *b = arg;

	free(b->bit);
	free(b);
}

void
cli_mask_free(struct cli_mask *g)
{
	ckpt_name_map_clear(&g->names, drop);
}
