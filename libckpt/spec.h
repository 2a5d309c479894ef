/*
 * spec.h - spectra of the weight matrices in a checkpoint stream
 *
 * Functions return 0, or -1 with one line of text in err (at most n bytes);
 * nothing prints, nothing exits. Results do not depend on how many threads
 * work, as long as OpenBLAS itself uses one (openblas_set_num_threads(1)).
 */
#ifndef SPEC_H
#define SPEC_H

#include "ckpt.h"

/* ---------------------------------------------------- tensors as matrices */

/*
 * What is a matrix: a tensor of two or more dimensions whose elements are
 * floating-point numbers. SPEC_FLAT takes the first dimension as rows and all
 * others, flattened, as columns: a convolution (out, in, h, w) is one
 * (out, in*h*w) matrix. SPEC_SLICES takes each tap of it as an (out, in)
 * matrix. Two dimensions are taken as they are by both. Of a tensor that is
 * swapped, a transposed convolution (in, out, h, w), the first two change
 * places before.
 */
enum spec_conv { SPEC_FLAT, SPEC_SLICES };

struct spec_matrix {
	const void	*data;		/* its first element */
	enum ckpt_type	 type;
	uint64_t	 rows, cols;
	uint64_t	 stride;	/* elements from a column to the next, */
	uint64_t	 run;		/* in runs of so many; 0: of cols */
};

/* Where element (i, j) is: runs are in the order of a (cols / run, rows, run)
 * array, which with one run for each row is (rows, cols). */
static inline uint64_t
spec_at(const struct spec_matrix *m, uint64_t i, uint64_t j)
{
	uint64_t run = m->run ? m->run : m->cols;

	return ((j / run * m->rows + i) * run + j % run) * m->stride;
}

/* All of m as doubles into x (rows, cols); or from there, rounded to its
 * type. The type must be one of real numbers. */
void	spec_to_double(const struct spec_matrix *m, double *x);
void	spec_from_double(const struct spec_matrix *m, const double *x);

/* Matrices in t, whose data is not looked at: 0 for one that is passed over
 * (fewer than two dimensions, integers, BOOL). A type that has no values as
 * doubles (C64, C128, OTHER) counts: spec_values says what is wrong with it. */
uint64_t	 spec_count(const struct ckpt_tensor *t, enum spec_conv);

/* The i-th of them, which lies in t->data. */
struct spec_matrix spec_view(const struct ckpt_tensor *t, enum spec_conv,
		    uint64_t i);

/* ------------------------------------------------------ singular values */

/*
 * The singular values of m, largest first, into s: min(rows, cols) of them.
 * They come from the eigenvalues of the Gram matrix of the smaller side, in
 * double: the error is below 1e-7 s[0], and near 1e-16 s[0]^2 / s[i] where s[i]
 * is large enough. Needs 8 min(rows, cols)^2 bytes and a few megabytes.
 * Fails for an empty matrix, NaN, infinity, a type without real values, and
 * when there is no memory or no convergence.
 */
int	spec_values(const struct spec_matrix *m, double *s, char *err,
	    size_t n);

/* ------------------------------------------------------ singular vectors */

/* The leading n triplets of a matrix: m v_i = s_i u_i. */
struct spec_factors {
	size_t	 rows, cols, n;
	double	*s;		/* (n), largest first */
	double	*u;		/* (n, rows): row i is u_i; NULL: not asked for */
	double	*v;		/* (n, cols): row i is v_i; likewise */
};

enum { SPEC_U = 1, SPEC_V = 2 };

/*
 * The first k singular triplets of m, or all when it has fewer, with the sides
 * that want asks for. Of each u_i, or v_i where there are only those, the
 * first element of at least half the largest magnitude is positive; v_i goes
 * with u_i. Vectors of equal values are any basis of their space.
 *
 * Eigenvectors of the Gram matrix of the smaller side, and one multiplication
 * for the larger one. Their error grows as s_1^2 / s_k^2; those below 1e-4 s_1,
 * and those that turn out not to be orthogonal to 1e-7, are found again in what
 * is left of the matrix without the others, and so on: |m v - s u| stays below
 * 1e-11 s_1. Needs two Gram matrices, and for the larger side its vectors.
 *
 * Fails as spec_values does; free f with spec_factors_free if it does not.
 */
int	spec_vectors(const struct spec_matrix *m, size_t k, int want,
	    struct spec_factors *f, char *err, size_t n);
void	spec_factors_free(struct spec_factors *);

/* ------------------------------------------------------- rank measures */

/*
 * Measures of a spectrum s[0] >= s[1] >= ... >= s[r-1] >= 0, r >= 1, with
 *
 *     p_i = (s_i + 1e-10) / sum_j (s_j + 1e-10)
 *
 * For the zero matrix all p_i are equal, so that erank is r; stable_rank is
 * then NaN.
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
	double	gini;		/* sum_ij |s_i - s_j| / (2 r sum s_i); NaN for
				 * the zero matrix */
};

void	spec_measure(const double *s, size_t r, struct spec_ranks *);

/* ------------------------------------------ a stream, on several threads */

/* One matrix of the stream, done. */
struct spec_spectrum {
	uint64_t	 step;
	const char	*name;		/* of the tensor, "w[y,x]" if it has taps */
	const char	*tensor;	/* "w" */
	uint64_t	 tap, taps;	/* which of how many, from 0 */
	uint64_t	 rows, cols;
	size_t		 n;		/* singular values; 0: see error */
	double		*s;
	const char	*error;		/* why there are none, or NULL */
};

/*
 * A line of tensors, each decomposed by one of the threads, given back in the
 * order they came. Sets OpenBLAS to one thread. NULL when memory is gone.
 */
struct spec_line;
struct spec_line *spec_open(int threads, enum spec_conv);

/*
 * Add the matrices of t, which was loaded (or whose type cannot be), and was
 * found at this step. What must outlast the call is copied. Then take what
 * spec_get has, before the next one. Returns 0, or -1 when memory is gone.
 */
int	spec_put(struct spec_line *, uint64_t step,
	    const struct ckpt_tensor *t);

/*
 * The next matrix, the caller's until the next call on this line. NULL: not
 * yet (few tensors wait, so that there is work for all threads), or with
 * all: the line is empty.
 */
struct spec_spectrum	*spec_get(struct spec_line *, bool all);

void	spec_close(struct spec_line *);

/* ---------------------------------------- singular vectors, on threads */

/* One matrix's, done. The caller may take f, leaving it empty. */
struct spec_factored {
	void			*tag;	/* as given */
	struct spec_factors	 f;
	const char		*error;	/* why there are none, or NULL */
};

/* As spec_open and its fellows. factors_put takes data over, which is what m
 * lies in and came from malloc; data is freed also when it returns -1. */
struct spec_factor_line;
struct spec_factor_line *spec_factors_open(int threads);
int	spec_factors_put(struct spec_factor_line *, void *tag, void *data,
	    const struct spec_matrix *m, size_t k, int want);
struct spec_factored	*spec_factors_get(struct spec_factor_line *, bool all);
void	spec_factors_close(struct spec_factor_line *);

#endif
