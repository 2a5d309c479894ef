/* container.h - archives and indices: what holds, or names, other files */
#ifndef CONTAINER_H
#define CONTAINER_H

#include "format.h"

/* archive.c: a zip or tar of checkpoints, or one that is only compressed. */
extern const struct ckpt_format ckpt_format_archive;

/* shard_index.c: "model.safetensors.index.json" and those like it. */
extern const struct ckpt_format ckpt_format_shard_index;

#endif
