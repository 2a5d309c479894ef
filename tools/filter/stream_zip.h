/*
 * stream_zip.h - several streams read side by side, checkpoint by checkpoint
 *
 * Checkpoints are paired in the order they come. The tensors of a checkpoint
 * may come in another order in each stream: one that comes before it is asked
 * for waits in memory, so equal orders need one tensor of each stream at a
 * time. All of this dies of what is wrong.
 */
#ifndef TOGETHER_H
#define TOGETHER_H

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

/*
 * The next tensor of every stream, loaded, into t[0] to t[n - 1], in the order
 * of the first stream; valid until the next call. If loose, one that a stream
 * does not have has no name there. False at the end of all.
 */
bool	cli_zip_next(struct cli_zip *, struct ckpt_tensor t[]);

/* The reader of stream i. The first one's is inside the checkpoint of what
 * was last returned: its keys can be asked for. */
struct ckpt_rd	*cli_zip_reader(const struct cli_zip *, size_t i);

/* Start a checkpoint like the first stream's, whose parents are all of them:
 * when the first tensors of a checkpoint were returned. */
void	cli_zip_follow(const struct cli_zip *, struct ckpt_wr *);

/* How many checkpoints came before that of what was last returned. */
uint64_t	 cli_zip_nth(const struct cli_zip *);

void	cli_zip_close(struct cli_zip *);

#endif
