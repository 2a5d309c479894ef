/*
 * dataset_files.h - the files of a data set: in a folder, in an archive, or one
 *
 * Compression of any kind that libarchive knows is undone, of the archive and
 * of single files.
 */
#ifndef NN_UNPACK_H
#define NN_UNPACK_H

#include <archive.h>

#include "nn.h"

/*
 * Call file for each regular file at path (in a folder: those directly in it;
 * "-": on standard input),
 * with its name without folders and without ".gz", ".xz" and the like; it may
 * read with unpack_read. Stops when it returns less than 0. 0, or -1 after
 * nn_fail.
 */
struct unpack {
	struct nn	*net;
	const char	*path;		/* what is being read, for messages */
	struct archive	*archive;
};
int	unpack(struct nn *, const char *path,
	    int (*file)(struct unpack *, const char *name, void *), void *arg);

/* The same with folders in folders, eight deep; links between are not followed.
 */
int	unpack_tree(struct nn *, const char *path,
	    int (*file)(struct unpack *, const char *name, void *), void *arg);

/* All bytes of this file, the caller's to free, if there are at most most.
 * NULL after nn_fail. */
unsigned char	*unpack_read(struct unpack *, size_t most, size_t *n);

#endif
