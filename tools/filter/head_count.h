/* head_count.h - how many attention heads a checkpoint has */
#ifndef HEAD_COUNT_H
#define HEAD_COUNT_H

#include "ckpt.h"

/* 0: not known. */
struct cli_head_count {
	int64_t	 queries;
	int64_t	 keys;		/* heads of keys and values, if stated */
};

/* What the keys of the checkpoint that in is at state (lm.heads,
 * torch.model_args.n_head), or else config.json beside its file. */
struct cli_head_count	cli_head_count(const struct ckpt_rd *in);

#endif
