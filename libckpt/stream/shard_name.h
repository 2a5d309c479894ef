/* shard_name.h - names of shards: "model-00002-of-00003.safetensors" */
#ifndef CKPT_SHARD_NAME_H
#define CKPT_SHARD_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* A path STEM-00002-of-00003TAIL. */
struct ckpt_shard_name {
	size_t	stem;		/* where the number begins */
	size_t	tail;		/* where the rest of the path begins */
	size_t	i, n;		/* shard i of n, counted from 0 or 1 */
};

bool	ckpt_shard_name_parse(const char *path, struct ckpt_shard_name *);

/* The first of n files, in order and with names of shards of one checkpoint,
 * that is missing: a path to be freed. NULL: none, or out of memory. */
char	*ckpt_shard_name_missing(const char *const paths[], size_t n);

#endif
