/*
 * shard_writer.h - a checkpoint written as several files and their index
 *
 *	model-00001-of-00003.safetensors ... model.safetensors.index.json
 *
 * as Hugging Face has them, whose "weight_map" says where each tensor is.
 * Everything here may exit; then none of these files stay.
 */
#ifndef SHARDS_H
#define SHARDS_H

#include "cli/cli.h"

/* "5G", "500M", "10000": bytes. Exits for anything else. */
uint64_t cli_shard_size(const char *text);

/* Into files beside -o's NAME.EXT, with at most so many bytes of tensors each,
 * or one tensor. */
void	cli_shards_open(const struct ckpt_format *, uint64_t size);

/* The checkpoint that in is at; there can be one only. */
void	cli_shards_begin(struct ckpt_rd *in);

/* Where the next tensor, t, has to go. */
struct ckpt_wr *cli_shard_for(const struct ckpt_tensor *t);
void	cli_shards_close(void);

#endif
