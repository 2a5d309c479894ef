/* matrix_noise.h - Gaussian noise on a weight matrix, whose norm is kept */
#ifndef MATRIX_NOISE_H
#define MATRIX_NOISE_H

#include "cli/cli.h"

/*
 * W~ = W + sigma |W| N / |N|, then |W| W~ / |W~|: Frobenius norms, N of
 * standard normal numbers, from the seed and the tensor's name. 0, or -1 with a
 * line in err.
 */
int	cli_add_noise(struct ckpt_tensor *, double sigma, uint64_t seed,
	    char *err, size_t size);

#endif
