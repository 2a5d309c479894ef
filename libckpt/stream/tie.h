/* tie.h - the key "tie": a second name of a tensor that is stored once */
#ifndef CKPT_TIE_H
#define CKPT_TIE_H

#include "base/buffer.h"
#include "base/name_map.h"

/* Unescape both names of a value into b: NAME, NUL, TARGET, NUL. Returns
 * TARGET; NULL if these are not two names, or if out of memory. */
char	*ckpt_tie_names(struct ckpt_buffer *b, const char *value);

/* Check that TARGET is one of these tensors and NAME is not. 0, or -1 with a
 * message in text. */
int	ckpt_tie_check(struct ckpt_name_map *tensors, const char *value,
	    char *text, size_t n);

#endif
