/* formats.h - the table of foreign checkpoint formats */
#ifndef CKPT_FORMATS_H
#define CKPT_FORMATS_H

#include "format.h"

/* For ckpt_open; ends with NULL. */
extern const struct ckpt_format *const ckpt_formats[];

/* The names of the formats that can be written: "ckpt, safetensors, npz". Cut
 * at n bytes. */
void	ckpt_list_writable_formats(char *names, size_t n);

/* The format of this name, in any case, or whose files have this suffix: "pt".
 * NULL: none. It can be written if its create is not NULL. */
const struct ckpt_format	*ckpt_find_format(const char *name);

#endif
