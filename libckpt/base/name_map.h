/* name_map.h - a map from strings, such as names of tensors, to pointers */
#ifndef CKPT_NAME_MAP_H
#define CKPT_NAME_MAP_H

#include "hash_table.h"

/* Empty if all is 0. */
struct ckpt_name_map {
	struct ckpt_hash_table	 table;
	struct ckpt_name	*entry;		/* as they were added */
	size_t			 room;
};

/* 1 if name is new, 0 if it was there (its value is kept), -1 if out of
 * memory. The name is copied. */
int	ckpt_name_map_add(struct ckpt_name_map *, const char *name,
	    void *value);

/* Where the value of name is, until the next call; NULL if there is no such
 * name. */
void	**ckpt_name_map_find(const struct ckpt_name_map *, const char *name);

/* Remove all names; drop, if not NULL, is called on every value that is not. */
void	ckpt_name_map_clear(struct ckpt_name_map *, void (*drop)(void *));

#endif
