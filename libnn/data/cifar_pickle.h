/* cifar_pickle.h - a batch of CIFAR-10's Python version; inside libnn */
#ifndef NN_IMAGES_PICKLE_H
#define NN_IMAGES_PICKLE_H

#include "dataset_files.h"

/* The records of CIFAR-10's binary version, of the pickle that is this file:
 * *size bytes, the caller's to free. NULL after nn_fail. */
unsigned char	*nn_cifar_unpickle(struct nn_dataset *, const char *name,
		    size_t *size);

#endif
