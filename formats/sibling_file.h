/* sibling_file.h - files that a checkpoint refers to, in its own folder only */
#ifndef CKPT_SIBLING_FILE_H
#define CKPT_SIBLING_FILE_H

#include "format.h"

/* Whether a name is a file name without a path. */
bool	ckpt_sibling_is_file_name(const char *name);

/* Open the folder of f. A descriptor, or -1 if the folder is not known: f is a
 * pipe or in an archive. */
int	ckpt_sibling_open_folder(const struct ckpt_file *f);

/* Open len bytes, from byte at on, of a regular file in the folder or below;
 * name is its path from there; links are refused. what is whose bytes they are:
 * "fc.weight". NULL after ckpt_fail. */
struct ckpt_input	*ckpt_sibling_open(struct ckpt_rd *, int folder,
			    const char *name, uint64_t at, uint64_t len,
			    const char *what);

#endif
