/*
 * spill_file.h - tensors put aside in a file without a name, to be read again
 *
 * For what needs all of a checkpoint before it can write any: memory is still
 * that of one tensor. The file is in TMPDIR, or /tmp. Dies of failures.
 */
#ifndef SHELF_H
#define SHELF_H

#include "cli/cli.h"

struct cli_spill;

struct cli_spill	*cli_spill_open(void);

/* Put a loaded tensor behind the others; they are counted from 0. */
void	cli_spill_put(struct cli_spill *, const struct ckpt_tensor *);
size_t	cli_spill_count(const struct cli_spill *);

/* The i-th without its data. */
void	cli_spill_peek(const struct cli_spill *, size_t i, struct ckpt_tensor *);

/* The i-th as it was put, its data in room. */
void	cli_spill_get(struct cli_spill *, size_t i, struct ckpt_tensor *, struct cli_room *);

/* A place for t behind the others, whose bytes are written later. */
void	cli_spill_reserve(struct cli_spill *, const struct ckpt_tensor *);

/* n bytes of the i-th, from byte at on. */
void	cli_spill_read(const struct cli_spill *, size_t i, size_t at, void *, size_t n);
void	cli_spill_write(struct cli_spill *, size_t i, size_t at, const void *,
	    size_t n);

void	cli_spill_clear(struct cli_spill *);
void	cli_spill_close(struct cli_spill *);

#endif
