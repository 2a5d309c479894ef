/*
 * hdf5_child.h - HDF5: the data sets of a file, Keras's first of all
 *
 * libhdf5 was not made for files that lie. It works in a child process that
 * can open nothing, and has bounds of memory and time; if it falls there, that
 * is an error like others here. The two talk through a pair of sockets: the
 * child sends the list of what there is; then, asked by number, the bytes of
 * one data set after the other.
 */
#ifndef HDF5_CHILD_H
#define HDF5_CHILD_H

#include "format.h"

/* What the child sends; n bytes of text, and of value, follow. */
struct hdf5_item {
	enum { HDF5_TENSOR, HDF5_TIE, HDF5_META, HDF5_PART, HDF5_END,
	    HDF5_FAIL } what;
	enum ckpt_kind	 kind;		/* of a failure; text says why */
	enum ckpt_type	 type;
	int		 rank;
	uint64_t	 dim[CKPT_RANK];
	uint64_t	 n;		/* a part: bytes of a tensor */
	uint64_t	 value;		/* a tie: of the name that has it, a
					 * piece of metadata: of its value */
};

enum { HDF5_TEXT = 4096 };		/* bytes of a text, at most */

/* In the child: the file is open on fd; does not return. */
void	ckpt_hdf5_child(int fd, int socket, bool all) __attribute__((noreturn));

extern const struct ckpt_format ckpt_format_hdf5;

#endif
