/*
 * tape.h - what ops are made of: nodes of the tape, memory, gradients, parallel
 * loops and matrix products; private to libnn
 *
 * A back end for another device would attach here: memory is allocated in
 * arena.c and param.c only, nn_run_gemm computes matrix products, and conv.h
 * convolutions; attention is one op; nn_team_do runs all other loops of ops.
 */
#ifndef NN_TAPE_H
#define NN_TAPE_H

#include "arena.h"
#include "nn.h"

/* ---------------------------------------------------------------- nodes */

/* Run an op on its inputs and record it; arg is copied. NULL if an input is
 * NULL, or after nn_fail. */
#define nn_apply(op, arg, ...) nn_run_op(op, arg, \
	(struct nn_node *[]){ __VA_ARGS__ }, \
	sizeof (struct nn_node *[]){ __VA_ARGS__ } / sizeof(struct nn_node *))
struct nn_node	*nn_run_op(const struct nn_op *, const void *arg,
		    struct nn_node **in, int inputs);

/* Set the text of nn_error, unless it is set already; returns -1. */
int	nn_fail(struct nn *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Fail with "linear: shapes (3, 4) (5, 6) do not fit"; returns -1. */
int	nn_fail_shape(struct nn_node *y);

/* For nn_op.shape: the output has the shape of the first input. */
int	nn_shape_same(struct nn_node *y);

/* Memory until nn_reset, undefined, aligned to 64 bytes; NULL after nn_fail. */
void	*nn_alloc(struct nn *, size_t n, size_t size);

/* nn_release frees what nn_alloc returned since nn_mark. */
struct nn_arena_mark nn_mark(const struct nn *);
void	nn_release(struct nn *, struct nn_arena_mark);

/* The first dimension, and the product of the others. */
size_t	nn_rows_of(const struct nn_node *);
size_t	nn_cols_of(const struct nn_node *);

/* ------------------------------------------------------------ gradients */

/* Where to add to a's gradient; NULL if a needs none. */
nn_real	*nn_grad(struct nn_node *a);

/* The same for a caller that can also assign: if *beta is 0, the array is
 * undefined and to be assigned; if 1, it is to be added to, as in BLAS. */
nn_real	*nn_grad_beta(struct nn_node *a, nn_real *beta);

/* Add y's gradient to a's, of as many elements. y loses its own: if a has none
 * yet, the array is moved rather than copied. */
void	nn_grad_pass(struct nn_node *y, struct nn_node *a);

/* ------------------------------------------------------- parallel loops */

/* A range of a loop: from, ..., to - 1. It depends on sizes only, never on the
 * number of threads. */
struct nn_range { size_t from, to; };

/* The i-th range when 0, ..., n - 1 is cut into nearly equal ones. */
struct nn_range	nn_range_of(size_t n, int i, int ranges);

/* The number of ranges for a loop over n rows of len elements each: 1 to 16. */
int	nn_ranges_for(size_t n, size_t len);

/* A team of threads. nn_team_do calls fn(arg, i) for i = 0, ..., n - 1 on all
 * threads, in any order, and waits for the last; n is less than 65536. */
struct nn_team;
struct nn_team	*nn_team_open(int threads);
void		 nn_team_close(struct nn_team *);
int		 nn_team_size(const struct nn_team *);	/* threads */
void		 nn_team_do(struct nn_team *, int n, void (*fn)(void *, int),
		    void *arg);
struct nn_team	*nn_team_of(const struct nn *);

/* Call fn(y, r) for ranges r of y's elements, on all threads. */
void	nn_parallel_for(struct nn_node *y,
	    void (*fn)(struct nn_node *, struct nn_range));

/* ------------------------------------------------------------- matrices */

/*
 * Matrix product, as in BLAS: c (m, n) = op(a) op(b) + beta c, where op(a) is
 * (m, k), op(b) is (k, n), and op transposes if ta, tb. Rows are lda, ldb and
 * ldc elements apart.
 */
struct nn_gemm {
	bool		 ta, tb;
	size_t		 m, n, k;
	const nn_real	*a, *b;
	size_t		 lda, ldb;
	nn_real		 beta, *c;
	size_t		 ldc;
};
void	nn_run_gemm(struct nn *, const struct nn_gemm *);	/* all threads */
void	nn_run_gemm_on_thread(const struct nn_gemm *);		/* this one */

/* The same with a and b rounded to BF16, in float only; whether the network's
 * settings and these sizes ask for it. */
void	nn_run_gemm_bf16(struct nn *, const struct nn_gemm *);
bool	nn_gemm_fits_bf16(const struct nn *, const struct nn_gemm *);

/* sum (m) += sum of the rows of a (n, m) */
void	nn_sum_rows(const struct nn *, nn_real *sum, const nn_real *a, size_t n,
	    size_t m);

#endif
