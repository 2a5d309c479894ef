/* name_map.c - a map from strings, such as names of tensors, to pointers */
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "buffer.h"
#include "name_map.h"

struct ckpt_name { char *name; void *value; };

struct key { const struct ckpt_name_map *map; const char *name; };

static bool
equal_names(const void *key, size_t i)
{
	const struct key *k = key;

	return strcmp(k->map->entry[i].name, k->name) == 0;
}

static ptrdiff_t
find_entry(const struct ckpt_name_map *m, const char *name, uint64_t hash)
{
	struct key key = { m, name };

	return ckpt_hash_find(&m->table, hash, equal_names, &key);
}

int
ckpt_name_map_add(struct ckpt_name_map *m, const char *name, void *value)
{
	uint64_t hash = XXH64(name, strlen(name), 0);
	size_t n = m->table.n;
	char *copy;

	if (find_entry(m, name, hash) >= 0)
		return 0;
	if (ckpt_grow(&m->entry, n, &m->room, sizeof *m->entry) < 0)
		return -1;
	copy = strdup(name);
	if (copy == NULL || ckpt_hash_add(&m->table, hash, n) < 0) {
		free(copy);
		return -1;
	}
	m->entry[n] = (struct ckpt_name){ copy, value };
	return 1;
}

void **
ckpt_name_map_find(const struct ckpt_name_map *m, const char *name)
{
	ptrdiff_t i = find_entry(m, name, XXH64(name, strlen(name), 0));

	return i < 0 ? NULL : &m->entry[i].value;
}

void
ckpt_name_map_clear(struct ckpt_name_map *m, void (*drop)(void *))
{
	for (size_t i = 0; i < m->table.n; i++) {
		free(m->entry[i].name);
		if (drop && m->entry[i].value)
			drop(m->entry[i].value);
	}
	free(m->entry);
	free(m->table.slot);
	*m = (struct ckpt_name_map){ 0 };
}
