/*
 * torch_dcp.h - PyTorch's distributed checkpoints, between their two parts
 *
 * torch_dcp.c reads what the folder holds, torch_chunk.c the chunks.
 */
#ifndef TORCH_DCP_H
#define TORCH_DCP_H

#include "torch.h"

enum { DCP_WORK = 1 << 26 };	/* comparisons of chunks, over all tensors */

struct torch_dcp_chunk {
	const struct ckpt_pickle_node	*offset, *size;	/* in the tensor */
	const char	*file;
	uint64_t	 at, len;	/* of the zip, in the file */
};

struct torch_dcp_tensor {
	const char	*name;
	enum ckpt_type	 type;
	const struct ckpt_pickle_node	*dim;
	size_t		 first, n;	/* its chunks */
};

struct torch_dcp {
	struct ckpt_pickle	 pickle;
	struct ckpt_name_map	 places;	/* of chunks: struct ckpt_pickle_node * */
	struct ckpt_buffer	 tensors;	/* struct torch_dcp_tensor, as they lie */
	struct ckpt_buffer	 chunks;	/* struct torch_dcp_chunk */
	uint64_t	 work;
	size_t		 nth;		/* tensors given out */
	struct torch_dcp_tensor *now;
	int		 folder;	/* descriptor of the folder */
	struct ckpt_buffer	 part;		/* a chunk on its way */
};

extern const struct ckpt_format ckpt_format_torch_dcp;

/* Type, rank and shape of a tensor. */
void	ckpt_dcp_shape(const struct torch_dcp_tensor *, struct ckpt_tensor *);

/* torch_chunk.c: open the folder that f is in, and close it. 0 or -1. */
int	ckpt_dcp_folder(struct ckpt_file *f, struct torch_dcp *);
void	ckpt_dcp_leave(struct torch_dcp *);

/* As load of struct ckpt_format. */
int	ckpt_dcp_load(struct ckpt_file *, struct ckpt_tensor *, struct ckpt_buffer *);

#endif
