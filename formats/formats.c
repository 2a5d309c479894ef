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

const struct ckpt_format *const ckpt_formats[] = {
	&ckpt_format_gguf,
	&ckpt_format_shard_index,
	&ckpt_format_npy,
	&ckpt_format_npz,
	&ckpt_format_safetensors,
	&ckpt_format_torch_zip,
	&ckpt_format_torch_legacy,
	&ckpt_format_torch_tar,
	&ckpt_format_torch_dcp,
	&ckpt_format_onnx,
	&ckpt_format_hdf5,
	&ckpt_format_archive,		/* last: it accepts any zip */
	NULL
};

static bool
has_name(const struct ckpt_format *f, const char *name)
{
	if (strcasecmp(f->name, name) == 0)
		return true;
	for (size_t i = 0; i < sizeof f->alias / sizeof *f->alias; i++)
		if (f->alias[i] && strcasecmp(f->alias[i], name) == 0)
			return true;
	return false;
}

const struct ckpt_format *
ckpt_find_format(const char *name)
{
	for (size_t i = 0; ckpt_formats[i]; i++)
		if (has_name(ckpt_formats[i], name))
			return ckpt_formats[i];
	return NULL;
}

void
ckpt_list_writable_formats(char *names, size_t n)
{
	size_t len = snprintf(names, n, "ckpt");

	for (size_t i = 0; ckpt_formats[i]; i++)
		if (ckpt_formats[i]->create && len < n)
			len += snprintf(names + len, n - len, ", %s",
			    ckpt_formats[i]->name);
}
