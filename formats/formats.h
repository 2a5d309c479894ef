/* formats.h - the table of foreign checkpoint formats */
#ifndef FORMATS_H
#define FORMATS_H

#include "format.h"

/* For ckpt_open; ends with NULL. */
extern const struct ckpt_format *const ckpt_formats[];

/* "safetensors, npz": the names of those that can be written, cut at n. */
void	ckpt_formats_to_write(char *names, size_t n);

/* The one that is called so, if it can be written; else NULL. */
const struct ckpt_format	*ckpt_format_to_write(const char *name);

#endif
