/*
 * tape.h - what ops and the rest of the engine share; inside libnn only
 *
 * Where a back end for a device would attach: memory is from arena.c and
 * param.c alone, products of matrices are nn_gemm's, convolutions are behind
 * conv.h, attention is one op, and all other loops of ops are given to nn_team_do.
 */
#ifndef NN_TAPE_H
#define NN_TAPE_H

#include "arena.h"
#include "nn.h"

/* ------------------------------------------------------------- building */

/* Run op on inputs (all needed; NULL gives NULL); arg is copied. */
#define nn_apply(op, arg, ...) nn_run_op(op, arg, \
	(struct nn_node *[]){ __VA_ARGS__ }, \
	sizeof (struct nn_node *[]){ __VA_ARGS__ } / sizeof(struct nn_node *))
struct nn_node	*nn_run_op(const struct nn_op *, const void *arg,
		    struct nn_node **in, int inputs);

/* Keep the text of a failure; returns -1. */
int	nn_fail(struct nn *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* "affine: shapes (3, 4), (5, 6) do not fit"; returns -1. */
int	nn_misfit(struct nn_node *y);

/* The shape of the first input. */
int	nn_shape_same(struct nn_node *y);

/* Memory until nn_reset, at a multiple of 64; NULL after nn_fail. */
void	*nn_alloc(struct nn *, size_t n, size_t size);

/* What nn_alloc gave since nn_mark is taken back by nn_release. */
struct nn_arena_mark nn_mark(const struct nn *);
void	nn_release(struct nn *, struct nn_arena_mark);

/* First dimension, and the product of the others. */
size_t	nn_rows_of(const struct nn_node *);
size_t	nn_cols_of(const struct nn_node *);

/* ------------------------------------------------------------ gradients */

/* Where to add a's gradient; NULL if nobody wants it. */
nn_real	*nn_grad(struct nn_node *a);

/* The same for who can also assign: *beta is 0 when the array holds nothing
 * yet and was not cleared, otherwise 1. */
nn_real	*nn_grad_first(struct nn_node *a, nn_real *beta);

/* Add y's gradient to a's, which has as many elements. y does not need it any
 * longer: if a has none yet, it gets the array. */
void	nn_grad_pass(struct nn_node *y, struct nn_node *a);

/* -------------------------------------------------------------- threads */

/* A range of work. Its bounds depend on sizes only, never on the threads. */
struct nn_range { size_t from, to; };

/* The i-th of parts nearly equal ranges of 0 ... n-1. */
struct nn_range	nn_range_of(size_t n, int i, int parts);

/* How many parts for n rows of so many elements: 1 to 16. */
int	nn_ranges_for(size_t n, size_t each);

/* fn(arg, i) for i = 0 ... n-1, in any order, on all threads; waits. */
struct nn_team;
struct nn_team	*nn_team_open(int threads);
void		 nn_team_close(struct nn_team *);
int		 nn_team_size(const struct nn_team *);	/* threads */
void		 nn_team_do(struct nn_team *, int n, void (*fn)(void *, int), void *arg);
struct nn_team	*nn_team_of(const struct nn *);

/* fn(y, p) for parts p of y's elements, on all threads. */
void	nn_each(struct nn_node *y, void (*fn)(struct nn_node *, struct nn_range));

/* --------------------------------------------------------------- arrays */

/*
 * c (m, n) = beta c + op(a) op(b), where op(a) is (m, k) and op(b) is (k, n);
 * ta, tb: the array holds the transpose. Rows are lda, ldb, ldc apart.
 */
struct nn_gemm {
	bool		 ta, tb;
	size_t		 m, n, k;
	const nn_real	*a, *b;
	size_t		 lda, ldb;
	nn_real		 beta, *c;
	size_t		 ldc;
};
void	nn_gemm_on_thread(const struct nn_gemm *);			/* on this thread */
void	nn_gemm(struct nn *, const struct nn_gemm *);	/* on all */

/* The same of a and b rounded to BF16; float only. */
void	nn_gemm_bf16(struct nn *, const struct nn_gemm *);
bool	nn_gemm_fits_bf16(const struct nn *, const struct nn_gemm *);

/* sum (m) += the sum of the rows of a (n, m) */
void	nn_sum_rows(const struct nn *, nn_real *sum, const nn_real *a, size_t n,
	    size_t m);

#endif
