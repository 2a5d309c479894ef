/*
 * shard_writer.h - write a checkpoint as several files and their index
 *
 *	model-00001-of-00003.safetensors ... model.safetensors.index.json
 *
 * as Hugging Face writes them: "weight_map" has the file of each tensor.
 * Functions may exit; all these files are then removed.
 */
#ifndef SHARD_WRITER_H
#define SHARD_WRITER_H

#include "cli/cli.h"

/* The bytes of "5G", "500M" or "10000". Exits for anything else. */
uint64_t cli_shard_size(const char *text);

/* Write into files next to NAME.EXT of -o, each with at most that many bytes of
 * tensors, or one tensor. */
void	cli_shards_open(const struct ckpt_format *, uint64_t size);

/* Start the checkpoint that in is at, as that of another step unless it is -1;
 * there can be only one. */
void	cli_shards_begin(struct ckpt_rd *in, int64_t step);

/* The writer for the next tensor, t. */
struct ckpt_wr *cli_shard_for(const struct ckpt_tensor *t);
void	cli_shards_close(void);

#endif
