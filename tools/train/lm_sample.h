/* lm_sample.h - sample text from a language model */
#ifndef LM_SAMPLE_H
#define LM_SAMPLE_H

#include "train.h"

/*
 * Print the prompt and n more tokens, each sampled from the softmax of the
 * logits divided by temperature (0: the most likely token), with random numbers
 * of the seed. The settings of the network are r->conf. Dies of an error.
 */
void	cli_lm_sample(struct nn_run *r, int64_t n, const char *prompt,
	    double temperature, uint64_t seed);

#endif
