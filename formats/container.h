/* container.h - formats whose files hold or refer to other files */
#ifndef CKPT_CONTAINER_H
#define CKPT_CONTAINER_H

#include "format.h"

/* archive.c: a zip or tar of checkpoints, or a compressed file. */
extern const struct ckpt_format ckpt_format_archive;

/* shard_index.c: "model.safetensors.index.json" and the like. */
extern const struct ckpt_format ckpt_format_shard_index;

#endif
