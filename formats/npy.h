/*
 * npy.h - NumPy arrays: a file (npy.c), or the members of a zip (npz.c)
 *
 * "\x93NUMPY", version, the length of the header, and the header, a Python
 * literal: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}; then the
 * elements. Specification: numpy.lib.format.
 */
#ifndef CKPT_NPY_H
#define CKPT_NPY_H

#include "format.h"

enum { NPY_DESCR = 32 };

/* How an array is stored. */
struct npy_layout {
	enum ckpt_type	 type;		/* CKPT_OTHER: not numbers of ours */
	char		 descr[NPY_DESCR];	/* "<f4", "|O", "structured" */
	unsigned	 swap;		/* bytes of a big-endian number, or 0 */
	bool		 fortran;	/* the first dimension is the fastest */
};

#define NPY_MAGIC "\x93NUMPY"

/* npy_header.c: read a header; set *a, and type, dtype, rank and dim of t; its
 * dtype may be in *a. what names the array in messages. The size of an array of
 * CKPT_OTHER is not known here. 0, or -1 after ckpt_fail. */
int	ckpt_npy_read_header(struct ckpt_rd *, struct ckpt_input *,
	    struct npy_layout *a, struct ckpt_tensor *t, const char *what);

/* The element type of a descr such as "<f4", or CKPT_OTHER, and its bytes that
 * are to be swapped. */
enum ckpt_type	ckpt_npy_find_type(const char *descr, unsigned *swap);

/* The descr of little-endian elements. False if NumPy has no such type. */
bool	ckpt_npy_format_descr(enum ckpt_type, char descr[NPY_DESCR]);

/* npy.c: read the elements, as load of struct ckpt_format. */
int	ckpt_npy_load(struct ckpt_rd *, struct ckpt_input *,
	    const struct npy_layout *, const struct ckpt_tensor *,
	    struct ckpt_buffer *);

/* npz_writer.c: the functions for writing of struct ckpt_format. */
int	ckpt_npz_create(struct ckpt_out *);
int	ckpt_npz_put(struct ckpt_out *, const struct ckpt_tensor *);
int	ckpt_npz_finish(struct ckpt_out *);
void	ckpt_npz_abandon(struct ckpt_out *);

extern const struct ckpt_format ckpt_format_npy, ckpt_format_npz;

#endif
