/*
 * archive_members.h - the members of a zip or a tar, in the order of the file
 *
 * Through libarchive, which sees the bytes through struct ckpt_input: nothing is
 * unpacked, nothing is named on disk. A zip's truth stands at its end, so one
 * that comes through a pipe waits in a temporary file without a name. Links,
 * devices, encrypted members and two of one name are refused.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include "format.h"

/* ANY: a tar or a single file, compressed or not. */
enum archive_kind { ARCHIVE_ZIP, ARCHIVE_TAR, ARCHIVE_ANY };

struct archive_member {
	const char	*name;		/* NULL: a single file that has none */
	uint64_t	 size;		/* as declared, and not yet seen;
					 * UINT64_MAX: not declared */
	struct ckpt_input	*in;		/* its bytes */
};

struct archive;

/* in stays the caller's. NULL after ckpt_fail. */
struct archive	*ckpt_archive_open(struct ckpt_rd *, struct ckpt_input *,
		    enum archive_kind);

/* The next regular member, valid until the next call. A checksum is compared
 * before the last byte is given out. 1, 0 at the end, -1 after ckpt_fail. */
int	ckpt_archive_next(struct archive *, struct archive_member *);

/* Start over, of a zip: 0 or -1. */
int	ckpt_archive_rewind(struct archive *);
void	ckpt_archive_close(struct archive *);

#endif
