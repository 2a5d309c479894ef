/* formats.h - the table of foreign checkpoint formats */
#ifndef FORMATS_H
#define FORMATS_H

#include "format.h"

/* For ckpt_open; ends with NULL. */
extern const struct ckpt_format *const formats[];

/* The one that is called so, if it can be written; else NULL. */
const struct ckpt_format	*format_to_write(const char *name);

#endif
