/* tie.h - the key "tie": a further name of a tensor that is stored once */
#ifndef CKPT_TIE_H
#define CKPT_TIE_H

#include <stdbool.h>

#include "base/name_map.h"

struct ckpt_tie {
	struct ckpt_tie	*next;		/* of the same target */
	bool		 wanted;	/* by a reader's selection */
	bool		 late;
	char		 name[];
};

/* The ties of a checkpoint, by target. Empty if all is 0. */
struct ckpt_tie_list {
	struct ckpt_name_map targets;
	struct ckpt_name_map names;	/* all further names */
	bool		 late;		/* ties now added were not known when
					 * the checkpoint began: of a further
					 * shard, returned as tensors */
};

/* Add a tie. 0, or -1 if out of memory. */
int	ckpt_tie_list_add(struct ckpt_tie_list *, const char *name,
	    const char *target);

/* Add that of a value, escaped as in a header; one that is not valid is passed
 * over. 0, or -1 if out of memory. */
int	ckpt_tie_list_add_value(struct ckpt_tie_list *, const char *value);

/* The further names of this tensor, in the order they were added; or NULL. */
struct ckpt_tie	*ckpt_tie_list_find(const struct ckpt_tie_list *,
	    const char *target);
void	ckpt_tie_list_clear(struct ckpt_tie_list *);

/* Check that TARGET is one of these tensors and NAME is not. 0, or -1 with a
 * message in text. */
int	ckpt_tie_check(struct ckpt_name_map *tensors, const char *value,
	    char *text, size_t n);

#endif
