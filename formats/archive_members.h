/*
 * archive_members.h - the members of a zip or a tar, in the order of the file
 *
 * Through libarchive, which sees the bytes through struct in: nothing is
 * unpacked, nothing is named on disk. A zip's truth stands at its end, so one
 * that comes through a pipe waits in a temporary file without a name. Links,
 * devices, encrypted members and two of one name are refused.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include "format.h"

/* ANY: a tar or a single file, compressed or not. */
enum archive_kind { ARCHIVE_ZIP, ARCHIVE_TAR, ARCHIVE_ANY };

struct member {
	const char	*name;		/* NULL: a single file that has none */
	uint64_t	 size;		/* as declared, and not yet seen;
					 * UINT64_MAX: not declared */
	struct in	*in;		/* its bytes */
};

struct members;

/* in stays the caller's. NULL after ckpt_fail. */
struct members	*members_open(struct ckpt_rd *, struct in *,
		    enum archive_kind);

/* The next regular member, valid until the next call. A checksum is compared
 * before the last byte is given out. 1, 0 at the end, -1 after ckpt_fail. */
int	members_next(struct members *, struct member *);

/* Start over, of a zip: 0 or -1. */
int	members_again(struct members *);
void	members_close(struct members *);

#endif
