/*
 * torch_dcp.h - PyTorch's distributed checkpoints, between their two parts
 *
 * torch_dcp.c reads what the folder holds, torch_chunk.c the chunks.
 */
#ifndef TORCH_DCP_H
#define TORCH_DCP_H

#include "torch.h"

enum { DCP_WORK = 1 << 26 };	/* comparisons of chunks, over all tensors */

struct dcp_chunk {
	const struct pk	*offset, *size;	/* in the tensor */
	const char	*file;
	uint64_t	 at, len;	/* of the zip, in the file */
};

struct dcp_tensor {
	const char	*name;
	enum ckpt_type	 type;
	const struct pk	*dim;
	size_t		 first, n;	/* its chunks */
};

struct dcp {
	struct pickle	 pickle;
	struct names	 places;	/* of chunks: struct pk * */
	struct buf	 tensors;	/* struct dcp_tensor, as they lie */
	struct buf	 chunks;	/* struct dcp_chunk */
	uint64_t	 work;
	size_t		 nth;		/* tensors given out */
	struct dcp_tensor *now;
	int		 folder;	/* descriptor of the folder */
	struct buf	 part;		/* a chunk on its way */
};

extern const struct ckpt_format torch_dcp;

/* Type, rank and shape of a tensor. */
void	dcp_shape(const struct dcp_tensor *, struct tensor *);

/* torch_chunk.c: open the folder that f is in, and close it. 0 or -1. */
int	dcp_folder(struct ckpt_file *f, struct dcp *);
void	dcp_leave(struct dcp *);

/* As load of struct ckpt_format. */
int	dcp_load(struct ckpt_file *, struct tensor *, struct buf *);

#endif
