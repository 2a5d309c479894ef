/*
 * matrix_noise.h - noise added to a weight matrix, its norm restored
 */
#ifndef PERTURB_H
#define PERTURB_H

#include "cli/cli.h"

/*
 * W~ = W + sigma |W| N / |N|, then |W| W~ / |W~|: Frobenius norms, N normal
 * numbers of the seed and the tensor's name. 0, or -1 with a line in err.
 */
int	cli_add_noise(struct ckpt_tensor *, double sigma, uint64_t seed, char *err,
	    size_t n);

#endif
