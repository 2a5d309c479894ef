/* file_list.h - the files that a reader reads, in order */
#ifndef CKPT_FILE_LIST_H
#define CKPT_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct ckpt_format;

struct ckpt_file_list {
	struct ckpt_listed_file {
		char	*path;
		bool	 joins;		/* a further shard of the checkpoint
					 * that the previous file began */
		bool	 indexed;	/* a shard, found by its index */
		bool	 optional;	/* skipped if it is no checkpoint */
		bool	 named;		/* like a checkpoint */
		char	*prefix;	/* of the names of its tensors, "unet.",
					 * or NULL */
		bool	 has_step;	/* in its path, among the others */
		uint64_t step;
		const char *fault;	/* why it must not be read, or NULL */
	} *file;
	size_t	n, room;
	size_t	at;			/* the file being read */
	struct ckpt_buffer notes;	/* lines about what is not read, each
					 * with a NUL */
};

/* The files of these operands; folders stand for the checkpoints in them.
 * Shards of one checkpoint are joined, in any order. 0, or -1 if out of
 * memory. */
int	ckpt_file_list_open(struct ckpt_file_list *, char *const paths[],
	    const struct ckpt_format *const *formats);

/* Append a file; path is copied. 0 or -1. */
int	ckpt_file_list_add(struct ckpt_file_list *, const char *path);

/* Append the files of another list, which is then empty. 0 or -1. */
int	ckpt_file_list_move(struct ckpt_file_list *,
	    struct ckpt_file_list *from);

/* Find the steps of all files. 0 or -1. */
int	ckpt_file_list_find_steps(struct ckpt_file_list *);

/* Replace the file being read, an index, by these paths, each followed by a
 * NUL, as shards of one checkpoint. 0, or -1 if out of memory. */
int	ckpt_file_list_splice(struct ckpt_file_list *,
	    const struct ckpt_buffer *paths);

/* The place in the list of the first file of the checkpoint being read. */
size_t	ckpt_file_list_first(const struct ckpt_file_list *);

void	ckpt_file_list_close(struct ckpt_file_list *);

#endif
