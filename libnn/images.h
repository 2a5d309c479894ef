/*
 * images.h - labeled images: CIFAR-10, MNIST, Fashion-MNIST
 *
 * Read from the files as they are distributed: CIFAR-10 in its binary version
 * (data_batch_1.bin ... data_batch_5.bin) or its Python version (data_batch_1
 * ... data_batch_5), or IDX files (train-images-idx3-ubyte and
 * train-labels-idx1-ubyte), in a folder or an archive, compressed or not. Test
 * sets are ignored.
 */
#ifndef NN_IMAGES_H
#define NN_IMAGES_H

#include "nn.h"

enum { NN_CLASSES = 10 };

struct nn_images {
	size_t		 n;
	size_t		 channels, height, width;
	unsigned char	*pixel;		/* (n, channels, height, width) */
	int		*label;		/* 0 ... 9 */
	double		 mean[3], sd[3];	/* of pixels / 255 */
};

/* Load a data set: a folder, a file or the name of an installed one, such as
 * "fashion-mnist". 0, or -1 after nn_fail; to be freed in either case. */
int	nn_images_load(struct nn *, const char *path, struct nn_images *);

/* The name of a data set that is installed, or NULL. */
const char	*nn_images_installed(void);

/* Pad images that are up to four pixels smaller than side with zeros. 0, or -1
 * after nn_fail. */
int	nn_images_pad(struct nn *, struct nn_images *, size_t side);
void	nn_images_free(struct nn_images *);

/* An image, each channel normalized to mean 0 and standard deviation 1. */
void	nn_images_get(const struct nn_images *, size_t i, nn_real *x);

#endif
