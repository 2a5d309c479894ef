/* lm_sample.h - text that a language model writes */
#ifndef WRITER_H
#define WRITER_H

#include "train.h"

/*
 * Print the prompt and n tokens more, each drawn from what the network with the
 * settings in r->conf expects, its outputs divided by temperature (0: the
 * largest). Random numbers are those of the seed. Dies of an error.
 */
void	cli_lm_sample(struct nn_run *r, int64_t n, const char *prompt,
	    double temperature, uint64_t seed);

#endif
