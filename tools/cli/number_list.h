/* number_list.h - an option whose value is a list of numbers: 0,0.5,1 */
#ifndef NUMBER_LIST_H
#define NUMBER_LIST_H

#include <stddef.h>

struct cli_numbers { double *x; size_t n; };

/* Parse the value of --option; anything else is a usage error. */
struct cli_numbers	cli_number_list(const char *value, const char *option);

#endif
