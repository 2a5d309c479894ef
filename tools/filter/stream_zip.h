/*
 * stream_zip.h - several streams read side by side, checkpoint by checkpoint
 *
 * Checkpoints are paired in the order they come. The tensors of a checkpoint
 * may come in another order in each stream: one that comes before it is asked
 * for waits in memory, so equal orders need one tensor of each stream at a
 * time. All of this dies of what is wrong.
 */
#ifndef STREAM_ZIP_H
#define STREAM_ZIP_H

#include "cli/cli.h"

struct cli_zip;

/*
 * Open each of n paths as a
 * stream of its own, with -t, -s and -j. Steps must be equal, unless every
 * stream has a single checkpoint. Names and shapes must be equal too, and so
 * must types that are not both floating, unless loose. Where all can be read
 * twice this is checked at once, before anything is written.
 */
struct cli_zip	*cli_zip_open(char *const paths[], size_t n, bool loose);

/* Go on to the next checkpoint of every stream; all tensors of the present one
 * were returned. False at the end of all. */
bool	cli_zip_next_checkpoint(struct cli_zip *);

/*
 * The next tensor of every stream, loaded, into t[0] to t[n - 1], in the order
 * of the first stream; valid until the next call. If loose, one that a stream
 * does not have has no name there. False at the end of the checkpoint.
 */
bool	cli_zip_next_tensor(struct cli_zip *, struct ckpt_tensor t[]);

/* The reader of stream i: its step and keys can be asked for. */
struct ckpt_rd	*cli_zip_reader(const struct cli_zip *, size_t i);

/* Start a checkpoint like the first stream's, whose parents are all of them. */
void	cli_zip_begin(const struct cli_zip *, struct ckpt_wr *);

void	cli_zip_close(struct cli_zip *);

#endif
