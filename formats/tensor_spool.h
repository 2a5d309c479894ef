/* tensor_spool.h - tensors in a temporary file, for formats whose files begin
 * with the shapes of all tensors */
#ifndef CKPT_TENSOR_SPOOL_H
#define CKPT_TENSOR_SPOOL_H

#include "format.h"

struct spooled_tensor {
	char		*name;
	enum ckpt_type	 type;
	int		 rank;
	uint64_t	 dim[CKPT_RANK];
	uint64_t	 at, size;	/* in the temporary file */
};

struct tensor_spool {
	int		 fd;		/* of the temporary file, or -1 */
	uint64_t	 size;
	struct spooled_tensor *tensor;	/* in the order of writing */
	size_t		 n, room;
};

/* All but the last return 0, or -1 after ckpt_wfail. The last frees an open
 * spool, and one that could not be opened. */
int	ckpt_spool_open(struct ckpt_out *, struct tensor_spool *);
int	ckpt_spool_put(struct ckpt_out *, struct tensor_spool *,
	    const struct ckpt_tensor *);
int	ckpt_spool_copy(struct ckpt_out *, const struct tensor_spool *,
	    const struct spooled_tensor *);	/* its bytes, to the output */
void	ckpt_spool_close(struct tensor_spool *);

#endif
