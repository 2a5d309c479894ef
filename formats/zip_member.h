/* zip_member.h - read a member of a zip, wherever it is */
#ifndef CKPT_ZIP_MEMBER_H
#define CKPT_ZIP_MEMBER_H

#include "zip_directory.h"

struct ckpt_zip_member;

/* Open a member of a zip, which remains the caller's and keeps its position;
 * several may be open. *in has its bytes, whose checksum is verified before the
 * last is read, until it is closed. NULL after ckpt_fail. */
struct ckpt_zip_member	*ckpt_zip_member_open(struct ckpt_rd *,
			    const struct ckpt_input *zip,
			    const struct ckpt_zip_entry *,
			    struct ckpt_input **in);
void			 ckpt_zip_member_close(struct ckpt_zip_member *);

#endif
