/*
 * name_map.h - a set of tensor names, each with a value
 *
 * Inside libckpt. A hash table: names come from files, so a list that is
 * searched would make a hostile file slow.
 */
#ifndef CKPT_NAMES_H
#define CKPT_NAMES_H

#include <stddef.h>

struct ckpt_name_map { struct entry *entry; size_t n, room; };

/* 1 if name is new, 0 if it was there (the value stays), -1: no memory. */
int	ckpt_name_map_add(struct ckpt_name_map *, const char *name, void *value);

/* Where the value of name is kept; NULL if name is not there. */
void	**ckpt_name_map_find(const struct ckpt_name_map *, const char *name);

/* Empty the set; drop, if not NULL, gets every value. */
void	ckpt_name_map_clear(struct ckpt_name_map *, void (*drop)(void *));

#endif
