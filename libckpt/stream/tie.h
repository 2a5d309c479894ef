/*
 * tie.h - the two names of a "tie" key: one parameter, stored once
 *
 * Inside libckpt.
 */
#ifndef CKPT_TIE_H
#define CKPT_TIE_H

#include "base/buffer.h"
#include "base/name_map.h"

/* Unescape both names of a value into b: NAME, NUL, TARGET, NUL. Returns
 * TARGET, or NULL: not two names, or memory is gone. */
char	*ckpt_tie_names(struct ckpt_buffer *b, const char *value);

/* NAME must not be among these tensors, and TARGET must. 0, or -1 with what
 * is wrong in text. */
int	ckpt_tie_check(struct ckpt_name_map *tensors, const char *value,
	    char *text,
	    size_t n);

#endif
