/*
 * spec.h - singular value decompositions of the weight matrices in a checkpoint
 *
 * Functions return 0, or -1 with one line of text in err (at most n bytes);
 * nothing prints, nothing exits. Results do not depend on the number of threads
 * as long as OpenBLAS itself uses one (openblas_set_num_threads(1)).
 */
#ifndef SPEC_H
#define SPEC_H

#include "ckpt.h"

/* ---------------------------------------------------- tensors as matrices */

/*
 * What is a matrix: a tensor of two or more dimensions whose elements are
 * floating-point numbers. SPEC_FLAT takes the first dimension as rows and
 * flattens all others into columns: a convolution's kernel (out, in, h, w) is
 * one (out, in*h*w) matrix. SPEC_SLICES takes each tap of it, a position in
 * (h, w), as an (out, in) matrix. Two dimensions are taken as they are by both.
 * If the tensor is swapped, a transposed convolution's kernel (in, out, h, w),
 * the first two dimensions are exchanged first.
 */
enum spec_conv { SPEC_FLAT, SPEC_SLICES };

struct spec_matrix {
	const void	*data;		/* its first element */
	enum ckpt_type	 type;
	uint64_t	 rows, cols;
	uint64_t	 stride;	/* elements from one to the next */
	uint64_t	 run;		/* columns stored together; 0: all */
};

/* The index of element (i, j). Elements are in the order of an array
 * (cols / run, rows, run): row-major if run is cols. */
static inline uint64_t
spec_at(const struct spec_matrix *m, uint64_t i, uint64_t j)
{
	uint64_t run = m->run ? m->run : m->cols;

	return ((j / run * m->rows + i) * run + j % run) * m->stride;
}

/* All elements of m as doubles into x, (rows, cols) row-major; or from there,
 * rounded to m's type. The type must be one of real numbers. */
void	spec_to_double(const struct spec_matrix *m, double *x);
void	spec_from_double(const struct spec_matrix *m, const double *x);

/* The number of matrices in t, whose data is not read: 0 for one that is passed
 * over (fewer than two dimensions, integers, BOOL). Types without values as
 * doubles (C64, C128, OTHER) count: their decomposition reports the reason. */
uint64_t	 spec_count(const struct ckpt_tensor *t, enum spec_conv);

/* The i-th of them, a view of t->data. */
struct spec_matrix spec_view(const struct ckpt_tensor *t, enum spec_conv,
		    uint64_t i);

/* ----------------------------------------------------------- submatrices */

/*
 * A submatrix of a tensor: a projection, a head, a half. The tensor is
 * taken as (rows, cols, taps): its first two dimensions, exchanged with swap (a
 * transposed convolution, or a layer stored (in, out)), and all others. Its
 * rows are an array (blocks, heads, width), or with by_head (heads, blocks,
 * width). Taken are those of one block and one head, or of all heads, where
 * the rows of each come repeat times (for query heads that share them); and one
 * of equal blocks of columns.
 */
struct spec_submatrix {
	bool	swap;
	int	row, rows;		/* block row of rows */
	bool	by_head;
	int	heads, head;		/* head of heads, or SPEC_ALL_HEADS */
	int	repeat;			/* 1: once */
	int	col, cols;		/* block col of cols */
};

enum { SPEC_ALL_HEADS = -1 };

/* The whole tensor. */
#define SPEC_WHOLE ((struct spec_submatrix){ .rows = 1, .heads = 1, \
	.head = SPEC_ALL_HEADS, .repeat = 1, .cols = 1 })

/* The shape of a submatrix of t, whose data is not read: m without data, and
 * the taps in each of its columns. False if t cannot be divided so. */
bool	 spec_submatrix_shape(const struct ckpt_tensor *t,
	    const struct spec_submatrix *, struct spec_matrix *m,
	    uint64_t *taps);

/* The submatrix itself, m, in memory from malloc that is returned; NULL when
 * out of memory. Its shape must be possible and t's data loaded. */
void	*spec_submatrix_copy(const struct ckpt_tensor *t,
	    const struct spec_submatrix *, struct spec_matrix *m);

bool	 spec_submatrix_equal(const struct spec_submatrix *,
	    const struct spec_submatrix *);

/* -------------------------------------------------------- decompositions */

/*
 * The singular values of m, in descending order, into s: min(rows, cols) of
 * them. They are the square roots of the eigenvalues of the Gram matrix of the
 * smaller dimension, in double, with an error near 1e-16 s[0]^2 / s[i]; if one
 * is below 1e-6 s[0], all are computed without squaring, in two to three times
 * the time, with an error near 1e-15 s[0]. Needs 8 min(rows, cols)^2 bytes and
 * a few megabytes. Fails for an empty matrix, NaN, infinity, a type without
 * real values, when out of memory, and without convergence.
 */
int	spec_values(const struct spec_matrix *m, double *s, char *err,
	    size_t n);

/* The leading n singular triplets of a matrix m: m v_i = s_i u_i. */
struct spec_factors {
	size_t	 rows, cols, n;
	double	*s;		/* (n), in descending order */
	double	*u;		/* (n, rows): row i is u_i; NULL: not wanted */
	double	*v;		/* (n, cols): row i is v_i; NULL: not wanted */
};

enum { SPEC_U = 1, SPEC_V = 2 };

/*
 * The truncated singular value decomposition of m: the first k triplets, or all
 * when there are fewer, with the vectors named by want (SPEC_U, SPEC_V or both;
 * with 0 the values alone, as spec_values computes them). The sign of each pair
 * of vectors is such that the first element of u_i with at least half its
 * largest magnitude is positive; of v_i if u is not asked for. Vectors of equal
 * values are an arbitrary basis of their space.
 *
 * The vectors of the smaller dimension are eigenvectors of the Gram matrix, and
 * one multiplication gives those of the larger. Their error grows as
 * s_1^2 / s_k^2; those of values below 1e-4 s_1, and those not orthogonal to
 * 1e-7, are computed again from the matrix deflated by the others, and so on:
 * |m v - s u| stays below 1e-11 s_1. Needs two Gram matrices, and memory for
 * the vectors of the larger dimension.
 *
 * Fails as spec_values does; free f with spec_factors_free if it does not.
 */
int	spec_svd(const struct spec_matrix *m, size_t k, int want,
	    struct spec_factors *f, char *err, size_t n);
void	spec_factors_free(struct spec_factors *);

/* ------------------------------------------ decompositions on threads */

struct spec_result {
	void			*tag;	/* as given to spec_queue_put */
	struct spec_factors	 f;	/* the caller may take it, leaving 0 */
	const char		*error;	/* why f is empty, or NULL */
};

/*
 * A queue of matrices, each decomposed by one of the threads; results are
 * returned in the order of the matrices. Sets OpenBLAS to one thread. NULL when
 * out of memory, or when no threads can be started.
 */
struct spec_queue;
struct spec_queue	*spec_queue_open(int threads);

/*
 * Add m, to be decomposed as by spec_svd; then call spec_queue_get until it
 * returns NULL. owned is memory from malloc that contains m's data; the queue
 * frees it, also on failure. If owned is NULL, the data stays the caller's: it
 * is copied, or m is decomposed at once if enough data waits. Returns 0, or -1
 * when out of memory.
 */
int	spec_queue_put(struct spec_queue *, void *tag,
	    const struct spec_matrix *m, void *owned, size_t k, int want);

/*
 * The next result, valid until the next call on this queue. NULL: not yet (it is
 * being computed, and all threads have work), or with all: the queue is empty.
 */
struct spec_result	*spec_queue_get(struct spec_queue *, bool all);

void	spec_queue_close(struct spec_queue *);

/* ------------------------------------------------------- rank measures */

/*
 * Measures of a spectrum s[0] >= s[1] >= ... >= s[r-1] >= 0, r >= 1, with
 *
 *     p_i = (s_i + 1e-10) / sum_j (s_j + 1e-10)
 *
 * The zero matrix has no effective rank: erank, erank_norm, rank90, stable_rank
 * and gini are NaN, and the norms 0.
 */
struct spec_ranks {
	double	erank;		/* exp(-sum p_i ln p_i): the paper's eq. 1, of
				 * Roy and Vetterli 2007; 1 to r */
	double	erank_norm;	/* erank / r: eq. 2 */
	double	rank90;		/* least k with p_1 + ... + p_k > 0.9 */
	double	stable_rank;	/* sum s_i^2 / s_1^2, not divided by r */
	double	spectral;	/* s_1 */
	double	frobenius;	/* sqrt(sum s_i^2) */
	double	nuclear;	/* sum s_i */
	double	gini;		/* sum_ij |s_i - s_j| / (2 r sum s_i) */
};

void	spec_measure(const double *s, size_t r, struct spec_ranks *);

#endif
