/*
 * archive_reader.h - a reader of archives, shared by archive_members.c (members
 * in file order) and archive_list.c (members by name)
 */
#ifndef CKPT_ARCHIVE_READER_H
#define CKPT_ARCHIVE_READER_H

#include <archive.h>
#include <archive_entry.h>

#include "archive_members.h"
#include "base/name_map.h"

enum { PIECE = 1 << 18 };

struct ckpt_archive {
	struct ckpt_rd	*rd;
	enum archive_kind kind;
	struct ckpt_input *in;		/* the archive */
	struct ckpt_input *copy;	/* of a pipe, or NULL */
	struct archive	*archive;	/* libarchive's reader */
	struct ckpt_name_map names;	/* of members so far */
	char		*name;		/* of this member */
	struct ckpt_input *member;
	const void	*block;		/* of this member, in libarchive */
	size_t		 at, n;		/* bytes of block read; its size */
	uint64_t	 offset, read, size;
	bool		 end;
	/* archive_list.c */
	bool		 records;	/* what is read of a pipe, in head */
	struct ckpt_buffer head;
	struct archive_entry *first;	/* the single file, not yet opened */
	struct ckpt_name_map places;	/* of headers in a tar, plus 1 */
	bool		 fresh;		/* before the first member */
	bool		 cut;		/* the list ends with an error, */
	bool		 quiet;		/* which is not reported now */
	unsigned char	 piece[PIECE];
};

/* Go back to the first entry, or to one with its header at byte at of a tar,
 * not of a pipe. 0 or -1. */
int	ckpt_archive_rewind(struct ckpt_archive *, uint64_t at);

/* The next entry that is not a folder. 1, 0 at the end, -1. */
int	ckpt_archive_next_entry(struct ckpt_archive *,
	    struct archive_entry **);

/* Its name. NULL after ckpt_fail. */
const char	*ckpt_archive_name(struct ckpt_archive *,
		    struct archive_entry *);

/* Its contents. 1 or -1. */
int	ckpt_archive_open_entry(struct ckpt_archive *, struct archive_entry *,
	    struct archive_member *);

#endif
