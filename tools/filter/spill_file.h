/*
 * spill_file.h - tensors kept in a temporary file, to be read again
 *
 * For programs that need all of a checkpoint before they can write: memory stays
 * that of one tensor. The file is in TMPDIR, or /tmp. Functions die of failures.
 */
#ifndef SPILL_FILE_H
#define SPILL_FILE_H

#include "cli/cli.h"

struct cli_spill;

struct cli_spill	*cli_spill_open(void);

/* Append a loaded tensor; they are numbered from 0. */
void	cli_spill_put(struct cli_spill *, const struct ckpt_tensor *);
size_t	cli_spill_count(const struct cli_spill *);

/* Tensor i without its data. */
void	cli_spill_peek(const struct cli_spill *, size_t i,
	    struct ckpt_tensor *);

/* Tensor i, its data in room. */
void	cli_spill_get(struct cli_spill *, size_t i, struct ckpt_tensor *,
	    struct cli_room *);

/* Append space for t, whose data are written later. */
void	cli_spill_reserve(struct cli_spill *, const struct ckpt_tensor *);

/* Read or write n bytes of tensor i, from byte at on. */
void	cli_spill_read(const struct cli_spill *, size_t i, size_t at, void *,
	    size_t n);
void	cli_spill_write(struct cli_spill *, size_t i, size_t at, const void *,
	    size_t n);

void	cli_spill_clear(struct cli_spill *);
void	cli_spill_close(struct cli_spill *);

#endif
