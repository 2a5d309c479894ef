/*
 * folder_choice.h - which of the files in one folder are read
 *
 * Files of one model, in one file or in shards, with an index or without, are a
 * set: "model.safetensors", "model.safetensors.index.json",
 * "model-00001-of-00002.safetensors". One form of each set is read.
 */
#ifndef CKPT_FOLDER_CHOICE_H
#define CKPT_FOLDER_CHOICE_H

#include "folder.h"

enum folder_kind { FOLDER_WHOLE, FOLDER_INDEX, FOLDER_SHARD };

struct folder_file {
	char		*name;
	char		*base;		/* "model.safetensors", for all of a set */
	enum folder_kind kind;
	size_t		 of;		/* the number of shards in its name */
	bool		 indexed;	/* a shard, according to an index */
	bool		 broken;	/* an index that cannot be read */
	char		*missing;	/* a shard of this index */
};

struct folder_set {
	const char	*base;
	size_t		 at, n;		/* its files */
	enum folder_kind kind;		/* of those that are read, */
	size_t		 of;		/* and their number, if shards */
	bool		 complete;
	bool		 chosen;
	bool		 optional;	/* it may be no checkpoint at all */
};

struct folder_choice {
	struct folder_file *file;	/* sorted by base */
	size_t		 n, room;
	struct folder_set *set;
	size_t		 sets, set_room;
	struct folder_set *known;	/* the only one, of a known name */
	const char	*fault;		/* why nothing can be read */
	char		*unused;	/* the first that is not read, */
	size_t		 more;		/* and how many others */
};

/* folder_name.c: does a name have the suffix of a checkpoint; one that promises
 * weights (files of other things have .bin too); is it that of a file or folder
 * that holds no weights, hidden or of an optimizer; the name of the model of an
 * index, to be freed, or NULL. */
bool	ckpt_folder_is_checkpoint(const char *name);
bool	ckpt_folder_promises(const char *name);
bool	ckpt_folder_is_ignored(const char *name);
char	*ckpt_folder_index_base(const char *name);

/* Is this file of a set one of those that are read? */
bool	ckpt_folder_has(const struct folder_set *, const struct folder_file *);

/* Choose among names, as struct ckpt_folder_source has them: files with the
 * suffix of a checkpoint, or any. 0, or -1 if out of memory. */
int	ckpt_folder_choose(struct folder_choice *,
	    const struct ckpt_folder_source *, const char *path,
	    const struct ckpt_buffer *names, bool any);

/* No file in the folder is read. */
void	ckpt_folder_note_all(struct folder_choice *);

/* Something that is not read. */
void	ckpt_folder_note_unused(struct folder_choice *, const char *name);

/* Add a note to the list that the file first is read and others in the folder
 * are not, or the fault. 0 or -1. */
int	ckpt_folder_note(struct folder_choice *, const char *folder,
	    const char *first, struct ckpt_file_list *);
int	ckpt_folder_fail(const struct folder_choice *, const char *folder,
	    struct ckpt_file_list *);

void	ckpt_folder_choice_close(struct folder_choice *);

#endif
