/* torch_zip.h - zips of PyTorch, with a pickle or an index of torch.export */
#ifndef CKPT_TORCH_ZIP_H
#define CKPT_TORCH_ZIP_H

#include "torch.h"
#include "zip_member.h"

struct torch_zip {
	struct torch_reader torch;	/* first */
	struct ckpt_input *in;		/* the file, */
	struct ckpt_input *copy;	/* or a copy of a pipe */
	struct ckpt_zip	*zip;
	struct ckpt_zip_member *member;	/* the current one */
	char		*top;		/* folder of the checkpoint: NAME/ */
};

/* The member of this name in the folder, or NULL. */
const struct ckpt_zip_entry	*ckpt_torch_zip_find(const struct torch_zip *,
				    const char *name);

/* Its bytes, until the next call. NULL after ckpt_fail. */
struct ckpt_input	*ckpt_torch_zip_open(struct ckpt_file *,
			    struct torch_zip *, const struct ckpt_zip_entry *);

/* Find the members that are storages, and report those that could be but are
 * not named. 0 or -1. */
int	ckpt_torch_find_storages(struct ckpt_file *, struct torch_zip *);

/* The order of the bytes. 0 or -1. */
int	ckpt_torch_read_byteorder(struct ckpt_file *, struct torch_zip *);

/* torch_export.c: the first index of the weights of a model, or NULL; list
 * them. 0 or -1. */
const struct ckpt_zip_entry	*ckpt_torch_find_export(
				    const struct ckpt_zip *);
int	ckpt_torch_read_export(struct ckpt_file *, struct torch_zip *);

#endif
