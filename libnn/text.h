/* text.h - texts from files and archives, as UTF-8 */
#ifndef NN_TEXT_H
#define NN_TEXT_H

#include "nn.h"

struct nn_text { char *bytes; size_t n; };

/*
 * Read the files at path (a file, a folder, an archive; "-": standard input),
 * whatever compresses them. Of several, those named train are for training and
 * those named valid or val for validation, test and the rest are passed over;
 * if none is named train, the rest are for training. any: not only UTF-8. The
 * texts are the caller's to free. 0, or -1 after nn_fail.
 */
int	nn_text_read(struct nn *, const char *path, bool any,
	    struct nn_text *training, struct nn_text *validation);

/* Leave only letters, digits and white space, in lower case (the paper's
 * cleaning). 0, or -1 after nn_fail. */
int	nn_text_clean(struct nn *, struct nn_text *);

#endif
