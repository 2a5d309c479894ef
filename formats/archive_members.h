/*
 * archive_members.h - the members of a zip or tar archive, in file order or by
 * name
 *
 * libarchive reads the archive through struct ckpt_input: nothing is unpacked
 * to disk. The central directory of a zip is at its end, so a zip from a pipe
 * is first copied to a temporary file, as is a tar whose members are listed.
 * Links, devices, encrypted members and duplicate names are refused.
 */
#ifndef CKPT_ARCHIVE_MEMBERS_H
#define CKPT_ARCHIVE_MEMBERS_H

#include "format.h"

/* ANY: a tar or a single file, compressed or not. STREAM: what a compressed
 * file is, as a single file. MEMBER: a zip of one member, without a central
 * directory. */
enum archive_kind {
	ARCHIVE_ZIP, ARCHIVE_TAR, ARCHIVE_ANY, ARCHIVE_STREAM, ARCHIVE_MEMBER
};

struct archive_member {
	const char	*name;		/* NULL for a single file */
	uint64_t	 size;		/* as declared, not yet verified;
					 * UINT64_MAX: not declared */
	struct ckpt_input *in;		/* its contents */
};

struct ckpt_archive;

/* Whether the n first bytes of a file are those of a tar, not compressed. */
bool	ckpt_archive_is_tar(const unsigned char *head, size_t n);

/* The caller closes in, after the archive. NULL after ckpt_fail. */
struct ckpt_archive	*ckpt_archive_open(struct ckpt_rd *,
			    struct ckpt_input *in, enum archive_kind);

/* The next regular file, valid until the next call. Its checksum is verified
 * before its last byte is returned. 1, 0 at the end, -1 after ckpt_fail. */
int	ckpt_archive_next(struct ckpt_archive *, struct archive_member *);

/*
 * archive_list.c, instead of next: append the names of all members, each with a
 * NUL. 0; 1 and no name: a single file, not an archive; -1. If the archive is
 * cut or damaged, these are the names before the fault, which ckpt_archive_end
 * reports.
 */
int	ckpt_archive_list(struct ckpt_archive *, struct ckpt_buffer *names);

/* After that: the member of this name; NULL: the single file. Those in file
 * order are found without going back. 0 or -1. */
int	ckpt_archive_find(struct ckpt_archive *, const char *name,
	    struct archive_member *);

/* Check what was not read. 0 or -1. */
int	ckpt_archive_end(struct ckpt_archive *);

void	ckpt_archive_close(struct ckpt_archive *);

#endif
