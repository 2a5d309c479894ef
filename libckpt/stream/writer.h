/*
 * writer.h - the inside of a writer: writer.c has the checkpoints, writer_tensor.c the tensors
 *
 * Inside libckpt.
 */
#ifndef CKPT_WRITER_H
#define CKPT_WRITER_H

#include "base/atomic_file.h"
#include "reader.h"
#include "zstd_writer.h"

/* The tensor of the checkpoint before, to store the difference to. */
struct ckpt_previous {
	enum ckpt_type	 type;
	int		 rank;
	uint64_t	 dim[CKPT_RANK];
	uint64_t	 hash;
	unsigned char	 data[];
};

struct ckpt_wr {
	char		*path;
	int		 fd;
	struct ckpt_atomic_file	 whole;		/* when a file is to appear */
	char		*program, *version, *command;
	int		 level, threads, delta;
	const struct ckpt_format *format;
	struct ckpt_out	 out;		/* for a foreign one */
	struct ckpt_zstd_writer	*pack;
	const char	*(*rename)(const char *name,
	    void *);	/* in its ties */
	void		*rename_arg;

	bool		 inside;	/* ckpt_begin was called */
	bool		 begun;		/* its record is written */
	uint64_t	 step;
	struct ckpt_buffer	 meta;		/* lines of its head: KEY TAB VALUE */
	uint64_t	 via;		/* of which so many are via */
	struct ckpt_buffer	 parents;	/* of our own via: uint64_t each */
	uint64_t	 tensors, steps;
	XXH64_state_t	 heads;
	struct ckpt_buffer	 head;
	struct ckpt_name_map	 seen;		/* tensors of this checkpoint */
	struct ckpt_name_map	 kept,
	    before;	/* struct ckpt_previous, by name */

	bool		 failed;
	char		 error[1400];
};

/* Write the begin record, after which no key can come. 0 or -1. */
int	ckpt_writer_put_begin(struct ckpt_wr *);

/* provenance.c: the last via line becomes a parent of ours; our own line. 0 or -1. */
int	ckpt_provenance_parent(struct ckpt_wr *);
int	ckpt_provenance_add(struct ckpt_wr *, struct ckpt_buffer *head);

#endif
