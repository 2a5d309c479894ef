/*
 * hash_table.h - a hash table of numbers, such as places in an array
 *
 * The caller keeps the keys, computes their hashes and compares keys whose
 * hashes are equal.
 */
#ifndef CKPT_HASH_TABLE_H
#define CKPT_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Empty if all is 0. Freed with free(slot). */
struct ckpt_hash_table {
	struct ckpt_hash_slot	*slot;
	size_t			 n, room;
};

/*
 * The number with this hash for which equal(key, number) is true, or -1. equal
 * may be NULL if no two keys have the same hash.
 */
ptrdiff_t	ckpt_hash_find(const struct ckpt_hash_table *, uint64_t hash,
		    bool (*equal)(const void *key, size_t number),
		    const void *key);

/* Add a number whose key is not in the table. 0, or -1 if out of memory. */
int		ckpt_hash_add(struct ckpt_hash_table *, uint64_t hash,
		    size_t number);

/* A hash of two numbers; no two pairs have the same. */
static inline uint64_t
ckpt_hash_pair(uint32_t a, uint32_t b)
{
	uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15;

	return h ^ h >> 32;
}

#endif
