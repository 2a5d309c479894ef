/* sibling_file.h - the files that a file names: in its own folder, and no others */
#ifndef BESIDE_H
#define BESIDE_H

#include "format.h"

/* Is this the name of a file, without a path? */
bool	ckpt_sibling_is_safe(const char *name);

/* The folder that f is in: a descriptor, or -1 where f has none that is known,
 * as a pipe or what is in an archive. */
int	ckpt_sibling_folder(const struct ckpt_file *f);

/* len bytes, from byte at on, of the file of this name in the folder, which
 * is a regular one and no link. NULL after ckpt_fail; what says whose bytes
 * they are: "fc.weight". */
struct ckpt_input *ckpt_sibling_open(struct ckpt_rd *, int folder, const char *name,
	    uint64_t at, uint64_t len, const char *what);

#endif
