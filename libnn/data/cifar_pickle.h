/* cifar_pickle.h - batches of CIFAR-10's Python version */
#ifndef NN_CIFAR_PICKLE_H
#define NN_CIFAR_PICKLE_H

#include "dataset_files.h"

/* The records of CIFAR-10's binary version from the pickle that is this file:
 * *size bytes, freed by the caller. NULL after nn_fail. */
unsigned char	*nn_cifar_unpickle(struct nn_dataset_file *, const char *name,
		    size_t *size);

#endif
