/* natural_order.c - the order of names in which numbers count as numbers */
#include <string.h>

#include "natural_order.h"

int
ckpt_natural_order(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}
