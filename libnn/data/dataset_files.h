/*
 * dataset_files.h - the files of a data set: of a folder, of an archive, or one
 *
 * Archives and files are decompressed in every format that libarchive knows.
 */
#ifndef NN_DATASET_FILES_H
#define NN_DATASET_FILES_H

#include <archive.h>

#include "nn.h"

/* A file of a data set while it is visited. */
struct nn_dataset_file {
	struct nn	*net;
	const char	*path;		/* of the file or its archive */
	struct archive	*archive;
};

typedef int	nn_dataset_visit(struct nn_dataset_file *, const char *name,
		    void *arg);

/*
 * Call visit for each regular file at path: in a folder and, to this depth,
 * those below it, in an archive, or the file itself; "-" is standard input.
 * Links to folders are not followed. name is without folders and without ".gz",
 * ".xz" and the like. Stops when visit returns less than 0. 0, or -1 after
 * nn_fail.
 */
int	nn_dataset_visit_files(struct nn *, const char *path, int depth,
	    nn_dataset_visit *visit, void *arg);

/* The bytes of the file that is visited, *n but at most limit, and a NUL; freed
 * by the caller. NULL after nn_fail. */
unsigned char	*nn_dataset_read(struct nn_dataset_file *, size_t limit,
		    size_t *n);

#endif
