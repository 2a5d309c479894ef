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
 * read with nn_dataset_read. Stops when it returns less than 0. 0, or -1 after
 * nn_fail.
 */
struct nn_dataset {
	struct nn	*net;
	const char	*path;		/* what is being read, for messages */
	struct archive	*archive;
};
int	nn_dataset_each(struct nn *, const char *path,
	    int (*file)(struct nn_dataset *, const char *name, void *), void *arg);

/* The same with folders in folders, eight deep; links between are not followed.
 */
int	nn_dataset_each_below(struct nn *, const char *path,
	    int (*file)(struct nn_dataset *, const char *name, void *), void *arg);

/* All bytes of this file, the caller's to free, if there are at most most.
 * NULL after nn_fail. */
unsigned char	*nn_dataset_read(struct nn_dataset *, size_t most, size_t *n);

#endif
