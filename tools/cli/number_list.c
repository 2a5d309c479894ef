/* number_list.c - an option whose value is a list of numbers */
#include <math.h>
#include <stdlib.h>

#include "cli.h"
#include "number_list.h"

struct numbers
numbers_of(const char *value, const char *option)
{
	struct numbers l = { 0 };
	const char *s = value;
	char *end;

	do {
		double x = strtod(s, &end);

		if (end == s || !isfinite(x) || (*end && *end != ','))
			usage("--%s: not a number: \"%s\"", option, s);
		l.x = xrealloc(l.x, (l.n + 1) * sizeof *l.x);
		l.x[l.n++] = x;
		s = end + 1;
	} while (*end);
	return l;
}
