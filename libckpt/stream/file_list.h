/*
 * file_list.h - the files that a reader reads, in order
 *
 * A directory stands for what people keep in one: an index, a checkpoint in
 * shards, a single file, or a series of these in files or directories with step
 * numbers in their names.
 */
#ifndef CKPT_FILE_LIST_H
#define CKPT_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct ckpt_file_list {
	struct ckpt_listed_file {
		char	*path;
		bool	 joins;		/* a further shard of the checkpoint
					 * that the previous file began */
		bool	 has_step;	/* in its path, among the others */
		uint64_t step;
		char	*fault;		/* of it and those that join: "2 shards
					 * of 3"; or NULL */
	} *file;
	size_t	n;
	size_t	at;			/* the file being read */
};

/* The files of these operands. Consecutive shards of one checkpoint are
 * joined. 0, or -1 if out of memory. */
int	ckpt_file_list_open(struct ckpt_file_list *, char *const paths[]);

/* Replace the file being read, an index, by these paths, each followed by a
 * NUL, as shards of one checkpoint. 0, or -1 if out of memory. */
int	ckpt_file_list_splice(struct ckpt_file_list *,
	    const struct ckpt_buffer *paths);
void	ckpt_file_list_close(struct ckpt_file_list *);

#endif
