/*
 * torch_tar.c - PyTorch's tar of before 0.1.10
 *
 * Its members, in this order: sys_info; pickle, where a tensor is only its
 * number, as a persistent id; tensors, which for each number tells storage,
 * shape and strides; storages, with the bytes. Storages that are views of
 * others come after all of them, too late for a reader that goes forward.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "little.h"
#include "torch.h"

struct tar {
	struct torch	 torch;		/* first: the state of the file */
	struct archive_in *archive;
	struct in	*in;		/* the member now read */
	struct names	 tensors;	/* number: struct pk *, the call */
	struct names	 storages;	/* number: struct pk *, the id */
	uint64_t	 left;		/* storages to come */
	uint64_t	 end;		/* of this one, in the member */
};
