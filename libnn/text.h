/* text.h - texts in UTF-8, from files and archives */
#ifndef NN_TEXT_H
#define NN_TEXT_H

#include "nn.h"

struct nn_text { char *bytes; size_t n; };

/*
 * Append the files at path, decompressed, to the texts: a file, those of a
 * folder or of an archive; "-" is standard input. Of several files, those with
 * "val" in their names are for validation, those with "test" are ignored; the
 * rest are for training, but if there is a "train", only files of that name
 * are. Bytes that are not UTF-8 are an error unless any is true. The caller
 * frees the texts. 0, or -1 after nn_fail.
 */
int	nn_text_read(struct nn *, const char *path, bool any,
	    struct nn_text *training, struct nn_text *validation);

/* Keep only letters, digits and white space, in lower case, as in the paper.
 * 0, or -1 after nn_fail. */
int	nn_text_clean(struct nn *, struct nn_text *);

#endif
