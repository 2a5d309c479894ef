/* number_list.c - an option whose value is a list of numbers */
#include <math.h>
#include <stdlib.h>

#include "cli.h"
#include "number_list.h"

struct cli_numbers
cli_number_list(const char *value, const char *option)
{
	struct cli_numbers l = { 0 };
	const char *s = value;
	char *end;

	do {
		double x = strtod(s, &end);

		if (end == s || !isfinite(x) || (*end && *end != ','))
			cli_usage("--%s: not a number: \"%s\"", option, s);
		l.x = cli_realloc(l.x, (l.n + 1) * sizeof *l.x);
		l.x[l.n++] = x;
		s = end + 1;
	} while (*end);
	return l;
}
