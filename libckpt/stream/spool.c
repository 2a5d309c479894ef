/* spool.c - copies of pipes in temporary files, for formats that must seek */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/temp_file.h"
#include "format.h"

struct ckpt_input *
ckpt_spool(struct ckpt_rd *rd, struct ckpt_input *in)
{
	int fd = ckpt_temp_file_copy(in);
	struct ckpt_input *copy = fd < 0 ? NULL :
	    ckpt_input_from_fd(fd, UINT64_MAX);

	if (copy)
		return copy;
	ckpt_fail(rd, CKPT_IO, "copying to a temporary file in %s: %s",
	    ckpt_temp_dir(), strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}
