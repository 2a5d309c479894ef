/* number.c - numbers as text */
#include <stdio.h>
#include <stdlib.h>

#include "number.h"

void
ckpt_shortest_double(char s[32], double x)
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(s, 32, "%.*g", digits, x);
		if (strtod(s, NULL) == x)
			return;
	}
}
