/* zip_check.h - whether the two directories of a zip agree */
#ifndef CKPT_ZIP_CHECK_H
#define CKPT_ZIP_CHECK_H

#include "format.h"

/* Compare the local headers of a zip, which must be a regular file, with its
 * central directory. in keeps its position. 0, or -1 after ckpt_fail. */
int	ckpt_zip_check(struct ckpt_rd *, struct ckpt_input *);

#endif
