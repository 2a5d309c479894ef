/* hash_table.c - a hash table of numbers, with linear probing */
#include <stdlib.h>

#include "hash_table.h"

/* Free if value is 0: numbers are stored plus 1. */
struct ckpt_hash_slot { uint64_t hash; size_t value; };

/* Put a slot at the first free place from its hash on. */
static void
put_slot(struct ckpt_hash_table *t, struct ckpt_hash_slot s)
{
	size_t i = s.hash & (t->room - 1);

	while (t->slot[i].value)
		i = (i + 1) & (t->room - 1);
	t->slot[i] = s;
}

ptrdiff_t
ckpt_hash_find(const struct ckpt_hash_table *t, uint64_t hash,
    bool (*equal)(const void *, size_t), const void *key)
{
	if (t->room == 0)
		return -1;
	for (size_t i = hash & (t->room - 1); t->slot[i].value;
	    i = (i + 1) & (t->room - 1))
		if (t->slot[i].hash == hash && (equal == NULL ||
		    equal(key, t->slot[i].value - 1)))
			return t->slot[i].value - 1;
	return -1;
}

int
ckpt_hash_add(struct ckpt_hash_table *t, uint64_t hash, size_t number)
{
	if (2 * t->n >= t->room) {
		struct ckpt_hash_table more = { NULL, t->n,
		    t->room ? 2 * t->room : 64 };

		more.slot = calloc(more.room, sizeof *more.slot);
		if (more.slot == NULL)
			return -1;
		for (size_t i = 0; i < t->room; i++)
			if (t->slot[i].value)
				put_slot(&more, t->slot[i]);
		free(t->slot);
		*t = more;
	}
	put_slot(t, (struct ckpt_hash_slot){ hash, number + 1 });
	t->n++;
	return 0;
}
