/*
 * spill_file.h - tensors put aside in a file without a name, to be read again
 *
 * For what needs all of a checkpoint before it can write any: memory is still
 * that of one tensor. The file is in TMPDIR, or /tmp. Dies of failures.
 */
#ifndef SHELF_H
#define SHELF_H

#include "cli/cli.h"

struct shelf;

struct shelf	*shelf_open(void);

/* Put a loaded tensor behind the others; they are counted from 0. */
void	shelf_put(struct shelf *, const struct tensor *);
size_t	shelf_count(const struct shelf *);

/* The i-th without its data. */
void	shelf_peek(const struct shelf *, size_t i, struct tensor *);

/* The i-th as it was put, its data in room. */
void	shelf_get(struct shelf *, size_t i, struct tensor *, struct room *);

/* A place for t behind the others, whose bytes are written later. */
void	shelf_reserve(struct shelf *, const struct tensor *);

/* n bytes of the i-th, from byte at on. */
void	shelf_read(const struct shelf *, size_t i, size_t at, void *, size_t n);
void	shelf_write(struct shelf *, size_t i, size_t at, const void *,
	    size_t n);

void	shelf_clear(struct shelf *);
void	shelf_close(struct shelf *);

#endif
