/*
 * name_map.h - a set of tensor names, each with a value
 *
 * Inside libckpt. A hash table: names come from files, so a list that is
 * searched would make a hostile file slow.
 */
#ifndef CKPT_NAMES_H
#define CKPT_NAMES_H

#include <stddef.h>

struct names { struct entry *entry; size_t n, room; };

/* 1 if name is new, 0 if it was there (the value stays), -1: no memory. */
int	names_add(struct names *, const char *name, void *value);

/* Where the value of name is kept; NULL if name is not there. */
void	**names_find(const struct names *, const char *name);

/* Empty the set; drop, if not NULL, gets every value. */
void	names_clear(struct names *, void (*drop)(void *));

#endif
