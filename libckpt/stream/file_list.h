/*
 * file_list.h - the files that a reader reads, one after the other
 *
 * Inside libckpt. A folder among the operands stands for what people keep in
 * one: an index, a checkpoint in shards, a single file, or a series of these in
 * folders or files that have step numbers.
 */
#ifndef CKPT_FILE_LIST_H
#define CKPT_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct ckpt_file_list {
	struct ckpt_listed_file {
		char	*path;
		bool	 joins;	/* its tensors belong to the checkpoint of the
				 * file before */
	} *file;
	size_t	n, at;		/* at: the one that is read */
	struct ckpt_buffer shards;	/* of a folder that lacks some: why */
};

/* The files of these operands, none of them standard input. Where the list
 * has shards of one checkpoint in a row, they join. 0, or -1: no memory. */
int	ckpt_file_list_open(struct ckpt_file_list *, char *const paths[]);

/* Put these paths, each with a NUL, in the place of the file that is read: the
 * first one is, the others join it. 0 or -1. */
int	ckpt_file_list_splice(struct ckpt_file_list *,
	    const struct ckpt_buffer *paths);
void	ckpt_file_list_close(struct ckpt_file_list *);

#endif
