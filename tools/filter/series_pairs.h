/*
 * series_pairs.h - each checkpoint of a stream beside its first or previous one
 *
 * The other one of a pair is kept in a temporary file, so that memory is needed
 * for two tensors, and a pipe is read once. Functions die of errors.
 */
#ifndef SERIES_PAIRS_H
#define SERIES_PAIRS_H

#include "cli/cli.h"

struct cli_series_pairs;

/* Open paths as cli_open does; ties are tensors of their own. from_first: pairs
 * with the first checkpoint; otherwise with the previous one. */
struct cli_series_pairs	*cli_series_pairs_open(char *paths[], bool from_first);

/* Advance to the next pair, after all tensors of this one were returned. False
 * at the end. */
bool	cli_series_pairs_next(struct cli_series_pairs *);

/*
 * The next tensor of both, loaded, into t[0] of the earlier and t[1] of the
 * later checkpoint, in the order of the later; then those that only the earlier
 * has. One that is lacking has no name. Valid until the next call. False at the
 * end of the pair.
 */
bool	cli_series_pairs_tensor(struct cli_series_pairs *,
	    struct ckpt_tensor t[2]);

/* The reader, which is at the later checkpoint. */
struct ckpt_rd	*cli_series_pairs_reader(const struct cli_series_pairs *);

void	cli_series_pairs_close(struct cli_series_pairs *);

#endif
