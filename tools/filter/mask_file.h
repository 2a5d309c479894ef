/*
 * mask_file.h - masks of weights, read from a file
 *
 * A mask is a file of one checkpoint, in any format, as ckpt-prune --mask
 * writes. Its tensors are of type BOOL, named and shaped as the weights they
 * are for: true where a weight is kept, false where it becomes 0. A weight that
 * the mask does not name is kept whole. There must be at least one tensor, and
 * a weight for each.
 *
 * All functions die of a mask that does not follow these rules.
 */
#ifndef MASK_FILE_H
#define MASK_FILE_H

#include "base/name_map.h"
#include "cli/cli.h"

struct cli_mask {
	const char	*path;
	struct mask_tensor *first, *last;
	struct ckpt_name_map names;
};

void	cli_mask_read(struct cli_mask *, const char *path);

/* The mask of the weight w, 1 or 0 for each of its elements, into keep
 * (w->len). False if the mask does not name it. where w is, for the message that
 * shapes differ: "run.ckpt: step 3". */
bool	cli_mask_find(struct cli_mask *, const struct ckpt_tensor *w,
	    const char *where, unsigned char *keep);

/* After all weights of a checkpoint or network: each tensor of the mask must
 * have been found since the last call. where is for the message, as above. */
void	cli_mask_check_found(struct cli_mask *, const char *where);

void	cli_mask_free(struct cli_mask *);

#endif
