/* zip_check.h - whether a zip tells one story */
#ifndef ZIP_CHECK_H
#define ZIP_CHECK_H

#include "format.h"

/* Compare all that a zip, which must be a file, says twice. in does not move.
 * 0, or -1 after ckpt_fail. */
int	ckpt_zip_check(struct ckpt_rd *, struct ckpt_input *);

#endif
