/*
 * torch_dcp.h - checkpoints of torch.distributed.checkpoint
 *
 * torch_dcp.c reads the metadata of the folder, torch_chunk.c the chunks.
 */
#ifndef CKPT_TORCH_DCP_H
#define CKPT_TORCH_DCP_H

#include "torch.h"

enum { DCP_WORK = 1 << 26 };	/* limit of comparisons of chunks */

struct torch_dcp_chunk {
	const struct ckpt_pickle_node *offset, *size;	/* in the tensor */
	const char	*file;
	uint64_t	 at, len;	/* of the zip in the file */
};

struct torch_dcp_tensor {
	const char	*name;
	enum ckpt_type	 type;
	const char	*dtype;		/* as PyTorch calls it */
	const struct ckpt_pickle_node *dim;
	size_t		 first, n;	/* its chunks */
};

struct torch_dcp {
	struct ckpt_pickle pickle;
	struct ckpt_name_map storage_data;	/* by name and offset: node */
	struct ckpt_buffer tensors;	/* struct torch_dcp_tensor */
	struct ckpt_buffer chunks;	/* struct torch_dcp_chunk */
	uint64_t	 work;
	size_t		 nth;		/* tensors returned so far */
	struct torch_dcp_tensor *tensor;	/* the current one */
	int		 folder;	/* a descriptor */
	struct ckpt_buffer chunk;	/* scratch buffer */
};

extern const struct ckpt_format ckpt_format_torch_dcp;

/* torch_chunk.c: open the folder of f, and close it. 0 or -1. */
int	ckpt_dcp_open_folder(struct ckpt_file *f, struct torch_dcp *);
void	ckpt_dcp_close_folder(struct torch_dcp *);

/* load of struct ckpt_format. */
int	ckpt_dcp_load(struct ckpt_file *, struct ckpt_tensor *,
	    struct ckpt_buffer *);

#endif
