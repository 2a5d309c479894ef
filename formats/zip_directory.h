/* zip_directory.h - the members of a zip, in any order */
#ifndef CKPT_ZIP_DIRECTORY_H
#define CKPT_ZIP_DIRECTORY_H

#include "format.h"

struct ckpt_zip;

/* A member that is a file. */
struct ckpt_zip_entry {
	char		*name;
	uint64_t	 at;		/* of its bytes in the zip */
	uint64_t	 packed, size;	/* bytes, in the zip and unpacked */
	uint32_t	 crc;
	unsigned	 method;	/* 0: stored, 8: deflated */
};

/* The directory of a zip, which must be a regular file and remains the
 * caller's, after a comparison with the local headers. in keeps its position.
 * NULL after ckpt_fail. */
struct ckpt_zip	*ckpt_zip_open(struct ckpt_rd *, struct ckpt_input *in);
void		 ckpt_zip_close(struct ckpt_zip *);

/* Only the comparison. 0, or -1 after ckpt_fail. */
int	ckpt_zip_check(struct ckpt_rd *, struct ckpt_input *);

/* The i-th file, or NULL past the last; the file of that name, or NULL. */
const struct ckpt_zip_entry	*ckpt_zip_entry(const struct ckpt_zip *,
				    size_t i);
const struct ckpt_zip_entry	*ckpt_zip_find(const struct ckpt_zip *,
				    const char *name);

#endif
