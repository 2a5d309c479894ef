/*
 * stream_zip.h - read several streams in parallel, checkpoint by checkpoint
 *
 * Checkpoints are matched in order, tensors by name. A tensor that comes earlier
 * than in the first stream is kept in memory, so streams in the same order need
 * one tensor each. Functions die of errors.
 */
#ifndef STREAM_ZIP_H
#define STREAM_ZIP_H

#include "cli/cli.h"

struct cli_zip;

/*
 * Open each of n paths as a stream, with -t, -s and -j. Steps must be equal,
 * unless every stream has a single checkpoint. Unless loose, names and shapes
 * must be equal, and types too if they are not both floating. If all can be read
 * twice, this is checked first, before anything is written.
 */
struct cli_zip	*cli_zip_open(char *const paths[], size_t n, bool loose);

/* Advance to the next checkpoint of every stream, after all tensors of this one
 * were returned. False at the end. */
bool	cli_zip_next_checkpoint(struct cli_zip *);

/*
 * The next tensor of every stream, loaded, into t[0] to t[n - 1], in the order
 * of the first stream; valid until the next call. If loose, a tensor that a
 * stream lacks has no name there. False at the end of the checkpoint.
 */
bool	cli_zip_next_tensor(struct cli_zip *, struct ckpt_tensor t[]);

/* The reader of stream i, for its step and keys. */
struct ckpt_rd	*cli_zip_reader(const struct cli_zip *, size_t i);

/* Start a checkpoint from that of the first stream, with all as parents. */
void	cli_zip_begin(const struct cli_zip *, struct ckpt_wr *);

void	cli_zip_close(struct cli_zip *);

#endif
