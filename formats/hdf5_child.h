/*
 * hdf5_child.h - HDF5, such as weights of Keras, read in a child process
 *
 * libhdf5 is not safe for malicious files. It runs in a child process that can
 * open no files and has limits of memory and time, so that a crash is reported
 * as an error of the file. The processes are connected by a pair of sockets:
 * the child sends the list of datasets, then, on request, the values of one
 * dataset after the other.
 */
#ifndef CKPT_HDF5_CHILD_H
#define CKPT_HDF5_CHILD_H

#include "format.h"

/* A message of the child. The bytes of its text and of its value follow. */
struct hdf5_item {
	enum { HDF5_TENSOR, HDF5_TIE, HDF5_META, HDF5_LEFT_OUT, HDF5_DATA,
	    HDF5_END, HDF5_FAIL } what;
	enum ckpt_kind	 kind;		/* of a failure; text is its message */
	enum ckpt_type	 type;
	int		 rank;
	uint64_t	 dim[CKPT_RANK];
	uint64_t	 size;		/* bytes of a tensor of CKPT_OTHER */
	uint64_t	 n;		/* bytes of text, or of data */
	uint64_t	 value;		/* bytes of a tie's target, of a
					 * tensor's dtype, of the value of
					 * metadata, or of what was left out */
};

enum { HDF5_TEXT = 4096, HDF5_VALUE = 1 << 24 };	/* limits */

/* The child process; fd is the file. */
void	ckpt_hdf5_run_child(int fd, int socket, bool all)
	    __attribute__((noreturn));

extern const struct ckpt_format ckpt_format_hdf5;

#endif
