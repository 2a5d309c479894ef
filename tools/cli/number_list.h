/*
 * number_list.h - an option whose value is a list of numbers: 0,0.5,1
 */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <stddef.h>

struct numbers { double *x; size_t n; };

/* Parse the value of --option; a wrong one is a usage error. */
struct numbers	numbers_of(const char *value, const char *option);

#endif
