/*
 * npy.h - NumPy's arrays: a file (npy.c), or members of an archive (npz.c)
 *
 * "\x93NUMPY", version, the length of a header, and the header, a literal of
 * Python: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}; then the
 * elements. Specification: numpy.lib.format.
 */
#ifndef NPY_H
#define NPY_H

#include "format.h"

/* How an array is stored. */
struct npy {
	enum ckpt_type	 type;
	unsigned	 swap;		/* bytes to be turned round, or 0 */
	bool		 fortran;	/* the first dimension is the fastest */
};

#define NPY_MAGIC "\x93NUMPY"

/* npy_header.c: the header that in is at: *a, and type, rank and dim of t.
 * 0, or -1 after ckpt_fail; what names the thing. */
int	ckpt_npy_header(struct ckpt_rd *, struct ckpt_input *, struct npy *a,
	    struct ckpt_tensor *t, const char *what);

/* npy.c: the elements that follow, as struct ckpt_format has it for load. */
int	ckpt_npy_load(struct ckpt_rd *, struct ckpt_input *, const struct npy *,
	    const struct ckpt_tensor *, struct ckpt_buffer *);

/* npz_writer.c: the writing half of the row. */
int	ckpt_npz_create(struct ckpt_out *);
int	ckpt_npz_put(struct ckpt_out *, const struct ckpt_tensor *);
int	ckpt_npz_finish(struct ckpt_out *);
void	ckpt_npz_abandon(struct ckpt_out *);

extern const struct ckpt_format ckpt_format_npy, ckpt_format_npz;

#endif
