/*
 * folder.h - which files in a folder are checkpoints, on disk or in an archive
 *
 * A folder holds what libraries and people put there: a model in one file, in
 * shards, with or without an index, among the files of a trainer; a series of
 * these; a clone of a repository. man/ckpt-formats.7 has the rules.
 */
#ifndef CKPT_FOLDER_H
#define CKPT_FOLDER_H

#include "file_list.h"
#include "format.h"

/* Where folders and files are. Paths of folders are "" or end with a slash. */
struct ckpt_folder_source {
	void	*arg;

	/* Append what is in the folder, each with a NUL; names of folders end
	 * with a slash. 0, or -1 if out of memory; a folder that cannot be read
	 * is empty. */
	int	(*scan)(void *arg, const char *path, struct ckpt_buffer *names);

	/* NULL if it cannot be read; valid until the next call, or if close is
	 * not NULL until that is called. */
	struct ckpt_input *(*open)(void *arg, const char *path);
	void	(*close)(struct ckpt_input *);

	const struct ckpt_format *const *formats;
};

/* Append the checkpoints in a folder to a list; none if there are none. name is
 * that of the folder in messages. 0, or -1 if out of memory. */
int	ckpt_folder_list(const struct ckpt_folder_source *, const char *path,
	    const char *name, struct ckpt_file_list *);

/* The same for a folder on disk. path need not end with a slash. */
int	ckpt_folder_list_disk(const char *path,
	    const struct ckpt_format *const *formats, struct ckpt_file_list *);

#endif
