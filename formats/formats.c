/* formats.c - the table of foreign checkpoint formats, one row each */
#include <stdio.h>
#include <string.h>

#include "container.h"
#include "formats.h"
#include "gguf.h"
#include "hdf5_child.h"
#include "npy.h"
#include "onnx.h"
#include "safetensors.h"
#include "torch_dcp.h"

const struct ckpt_format *const formats[] = {
	&gguf,
	&shard_index,
	&npy,
	&npz,
	&safetensors,
	&torch_zip,
	&torch_legacy,
	&torch_tar,
	&torch_dcp,
	&onnx,
	&hdf5,
	&archive,		/* last: it takes any zip */
	NULL
};

const struct ckpt_format *
format_to_write(const char *name)
{
	for (size_t i = 0; formats[i]; i++)
		if (formats[i]->create && strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

void
formats_to_write(char *names, size_t n)
{
	size_t len = 0;

	names[0] = 0;
	for (size_t i = 0; formats[i]; i++)
		if (formats[i]->create && len < n)
			len += snprintf(names + len, n - len, "%s%s",
			    len ? ", " : "", formats[i]->name);
}
