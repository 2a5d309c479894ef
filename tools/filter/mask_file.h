/*
 * mask_file.h - a mask that was made before, in memory: a bit for each weight
 */
#ifndef GIVEN_H
#define GIVEN_H

#include "base/name_map.h"
#include "cli/cli.h"

struct cli_mask { struct ckpt_name_map names; size_t n; };

/* Read the one checkpoint of path; what is not 0 is kept. Dies of failures. */
void	cli_mask_read(struct cli_mask *, const char *path);

/* The mask of t, whose shape must be the mask's, into keep (t->len); returns
 * how many are kept. False, if t has none. */
bool	cli_mask_find(const struct cli_mask *, const struct ckpt_tensor *t,
	    unsigned char *keep, uint64_t *kept);
void	cli_mask_free(struct cli_mask *);

#endif
