/* formats.c - the table of foreign checkpoint formats, one row each */
#include <string.h>

#include "formats.h"
#include "safetensors.h"

const struct ckpt_format *const formats[] = {
	&safetensors,
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
