/* temp_file.h - temporary files without a name */
#ifndef CKPT_TEMP_FILE_H
#define CKPT_TEMP_FILE_H

#include <stdint.h>

#include "input.h"

/* The directory of temporary files: TMPDIR, or /tmp. */
const char	*ckpt_temp_dir(void);

/* A new file in ckpt_temp_dir(), removed when it is closed. A descriptor, or
 * -1, errno. */
int	ckpt_temp_file_open(void);

/* The rest of an input, copied to a new temporary file, whose offset is then
 * 0. A descriptor, or -1, errno. */
int	ckpt_temp_file_copy(struct ckpt_input *);

/* Read n bytes from an offset of a file. 0, or -1, errno: EIO if it ends
 * before. */
int	ckpt_pread_all(int fd, uint64_t offset, void *p, size_t n);

#endif
