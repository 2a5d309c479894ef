/* name_map.c - a set of tensor names, each with a value */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "name_map.h"

struct entry {
	char		*name;		/* NULL: free */
	uint64_t	 hash;
	void		*value;
};

/* The entry that holds name, or the free one where it belongs. There is
 * always a free one, since the table is at most half full. */
static struct entry *
probe(const struct ckpt_name_map *s, const char *name, uint64_t hash)
{
	size_t i = hash & (s->room - 1);

	while (s->entry[i].name && (s->entry[i].hash != hash ||
	    strcmp(s->entry[i].name, name) != 0))
		i = (i + 1) & (s->room - 1);
	return &s->entry[i];
}

static int
grow(struct ckpt_name_map *s)
{
	struct ckpt_name_map more = { NULL, s->n, s->room ? 2 * s->room : 64 };

	more.entry = calloc(more.room, sizeof *more.entry);
	if (more.entry == NULL)
		return -1;
	for (size_t i = 0; i < s->room; i++)
		if (s->entry[i].name)
			*probe(&more, s->entry[i].name, s->entry[i].hash) =
			    s->entry[i];
	free(s->entry);
	*s = more;
	return 0;
}

int
ckpt_name_map_add(struct ckpt_name_map *s, const char *name, void *value)
{
	uint64_t hash = XXH64(name, strlen(name), 0);
	struct entry *e;

	if (2 * s->n >= s->room && grow(s) < 0)
		return -1;
	e = probe(s, name, hash);
	if (e->name)
		return 0;
	e->name = strdup(name);
	if (e->name == NULL)
		return -1;
	e->hash = hash;
	e->value = value;
	s->n++;
	return 1;
}

void **
ckpt_name_map_find(const struct ckpt_name_map *s, const char *name)
{
	struct entry *e;

	if (s->n == 0)
		return NULL;
	e = probe(s, name, XXH64(name, strlen(name), 0));
	return e->name ? &e->value : NULL;
}

void
ckpt_name_map_clear(struct ckpt_name_map *s, void (*drop)(void *))
{
	for (size_t i = 0; i < s->room; i++)
		if (s->entry[i].name) {
			free(s->entry[i].name);
			if (drop && s->entry[i].value)
				drop(s->entry[i].value);
		}
	free(s->entry);
	*s = (struct ckpt_name_map){ 0 };
}
