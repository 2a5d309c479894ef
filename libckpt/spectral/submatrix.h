/*
 * submatrix.h - a part of a tensor as a matrix: a projection, a head, a half
 */
#ifndef CKPT_CUT_H
#define CKPT_CUT_H

#include "ckpt.h"
#include "spec.h"

/*
 * A tensor is seen as (rows, cols, taps): its first two dimensions and all
 * others. swap exchanges the first two, for a transposed convolution, or a
 * layer stored (in, out). Of what that gives, block i of n equal blocks of
 * rows is taken (n 0 is 1); with heads, these blocks come once for each head:
 * (heads, n, rows of a head). Then one head of it, if head is not ALL. With
 * repeat, each head's rows come so often. Last, block col of cols columns.
 */
enum { CUT_ALL = -1 };

struct spec_submatrix {
	bool	swap;
	int	row, rows;		/* block row of rows */
	bool	by_head;		/* (heads, rows, width) */
	int	heads, head;		/* heads in the block; one, or CUT_ALL */
	int	repeat;
	int	col, cols;		/* block col of cols */
};

#define CUT_WHOLE ((struct spec_submatrix){ .rows = 1, .heads = 1, .head = CUT_ALL, \
	.repeat = 1, .cols = 1 })

/* The shape of that part of t, which needs no data: m without data, and the
 * taps of each of its columns. False if t cannot be divided so. */
bool	 spec_submatrix_shape(const struct ckpt_tensor *t, const struct spec_submatrix *,
	    struct spec_matrix *m, uint64_t *taps);

/* The part itself, m, in memory from malloc that is returned; NULL: no memory.
 * The shape must be possible and the data loaded. */
void	*spec_submatrix_copy(const struct ckpt_tensor *t, const struct spec_submatrix *,
	    struct spec_matrix *m);

bool	 spec_submatrix_equal(const struct spec_submatrix *, const struct spec_submatrix *);

#endif
