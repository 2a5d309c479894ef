/*
 * mask_file.h - a mask that was made before, in memory: a bit for each weight
 */
#ifndef GIVEN_H
#define GIVEN_H

#include "base/name_map.h"
#include "cli/cli.h"

struct given { struct names names; size_t n; };

/* Read the one checkpoint of path; what is not 0 is kept. Dies of failures. */
void	given_read(struct given *, const char *path);

/* The mask of t, whose shape must be the mask's, into keep (t->len); returns
 * how many are kept. False, if t has none. */
bool	given_find(const struct given *, const struct tensor *t,
	    unsigned char *keep, uint64_t *kept);
void	given_free(struct given *);

#endif
