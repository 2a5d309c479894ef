/* tensor_cast.h - floating-point tensors cast to another type */
#ifndef TENSOR_CAST_H
#define TENSOR_CAST_H

#include "cli/cli.h"

/* Convert t, loaded and of this step, to another type, into memory that the next
 * call reuses. Counts the elements that become infinite or NaN. Dies of a type
 * without real values. */
void	cli_cast(struct ckpt_tensor *t, enum ckpt_type, uint64_t step);

/* Say how many did so in all casts, and where the first was. False: some did. */
bool	cli_cast_report(void);

#endif
