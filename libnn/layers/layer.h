/* layer.h - names of layers, from a format and its arguments; for layer*.c */
#ifndef NN_LAYER_H
#define NN_LAYER_H

#include <stdarg.h>
#include <stdio.h>

enum { LAYER_NAME = 1000 };

/* Print fmt and the arguments after it into the array name. */
#define layer_name(name, fmt) do { \
	va_list ap; \
	va_start(ap, fmt); \
	vsnprintf(name, sizeof name, fmt, ap); \
	va_end(ap); \
} while (0)

#endif
