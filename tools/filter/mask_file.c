/* mask_file.c - masks of weights, read from a file */
#include <stdlib.h>
#include <string.h>

#include "base/shape.h"
#include "formats.h"
#include "mask_file.h"

struct mask_tensor {
	struct ckpt_tensor shape;	/* rank, dim and len */
	char		*name;
	unsigned char	*bit;		/* one for each element */
	bool		 found;
	struct mask_tensor *next;
};

static void
add_tensor(struct cli_mask *m, const struct ckpt_tensor *t)
{
	const unsigned char *keep = t->data;
	struct mask_tensor *new = cli_malloc(sizeof *new);

	if (t->type != CKPT_BOOL)
		cli_die("%s: %s: wanted a mask, of type BOOL, got %s", m->path,
		    t->name, t->dtype);
	*new = (struct mask_tensor){ .shape = *t, .name = cli_strdup(t->name),
	    .bit = cli_malloc(t->len / 8 + 1) };
	memset(new->bit, 0, t->len / 8 + 1);
	for (uint64_t i = 0; i < t->len; i++)
		new->bit[i / 8] |= (keep[i] != 0) << i % 8;
	if (ckpt_name_map_add(&m->names, t->name, new) < 0)
		cli_die("out of memory");
	if (m->last)
		m->last->next = new;
	else
		m->first = new;
	m->last = new;
}

/* Not by cli_open: -t and -s choose weights and steps, not parts of a mask. */
void
cli_mask_read(struct cli_mask *m, const char *path)
{
	char *paths[] = { (char *)path, NULL };
	struct ckpt_rd *in = ckpt_open(paths, ckpt_formats);
	struct ckpt_tensor t;

	*m = (struct cli_mask){ .path = path };
	if (in == NULL)
		cli_die("out of memory");
	while (cli_next_checkpoint(in)) {
		if (ckpt_nth(in) > 0)
			cli_die("%s: wanted a mask, which is one checkpoint, "
			    "got several", path);
		while (cli_next_tensor(in, &t)) {
			cli_load(in, &t);
			add_tensor(m, &t);
		}
	}
	if (m->first == NULL)
		cli_die("%s: no mask in it", path);
	ckpt_close(in);
}

static void
check_shape(const struct cli_mask *m, const struct ckpt_tensor *mask,
    const struct ckpt_tensor *w, const char *where)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT];

	if (!ckpt_equal_shapes(mask, w))
		cli_die("%s: %s: the mask has shape %s, the weight has %s in "
		    "%s", m->path, w->name, ckpt_shape_text(a, mask),
		    ckpt_shape_text(b, w), where);
}

bool
cli_mask_find(struct cli_mask *m, const struct ckpt_tensor *w,
    const char *where, unsigned char *keep)
{
	void **at = ckpt_name_map_find(&m->names, w->name);
	struct mask_tensor *t;

	if (at == NULL)
		return false;
	t = *at;
	check_shape(m, &t->shape, w, where);
	for (uint64_t i = 0; i < w->len; i++)
		keep[i] = t->bit[i / 8] >> i % 8 & 1;
	t->found = true;
	return true;
}

void
cli_mask_check_found(struct cli_mask *m, const char *where)
{
	for (struct mask_tensor *t = m->first; t; t = t->next) {
		if (!t->found)
			cli_die("%s: %s: no such weight in %s", m->path,
			    t->name, where);
		t->found = false;
	}
}

static void
free_tensor(void *arg)
{
	struct mask_tensor *t = arg;

	free(t->name);
	free(t->bit);
	free(t);
}

void
cli_mask_free(struct cli_mask *m)
{
	ckpt_name_map_clear(&m->names, free_tensor);
}
