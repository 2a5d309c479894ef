/*
 * images.h - labeled images for training: CIFAR-10, MNIST, Fashion-MNIST
 *
 * Read from the files as they are distributed: CIFAR-10 in its binary version
 * (data_batch_1.bin ... data_batch_5.bin) or its Python version (data_batch_1
 * ... data_batch_5), or IDX files (train-images-idx3-ubyte and
 * train-labels-idx1-ubyte), in a folder or an archive, compressed or not. Test
 * sets are passed over.
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
	double		 mean[3], sd[3];	/* of pixels / 255, by channel */
};

/*
 * path is a folder, a file or the name of an installed set ("fashion-mnist").
 * 0, or -1 after nn_fail. Free in any case.
 */
int	nn_images_load(struct nn *, const char *path, struct nn_images *);

/* The name of a set that is installed, or NULL. */
const char	*nn_images_installed(void);
/* Frame images that are up to four pixels smaller than side with black. 0, or
 * -1 after nn_fail. */
int	nn_images_frame(struct nn *, struct nn_images *, size_t side);
void	nn_images_free(struct nn_images *);

/* An image, its channels normalized to mean 0 and deviation 1. */
void	nn_images_get(const struct nn_images *, size_t i, nn_real *x);

#endif
