/* option_value.c - the kinds of options: parsing of values, and their bounds */
#include <errno.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "common.h"

/* The kinds of numbers: what --name wants. A whole number above INT64_MAX is
 * ERANGE. */
static const struct {
	bool		 whole;
	double		 least, most;
	const char	*wants;
} numbers[] = {
	[OPT_INT] = { true, -0x1p63, 0x1p63, "a whole number" },
	[OPT_COUNT] = { true, 0, 0x1p63, "a whole number, 0 or more" },
	[OPT_SIZE] = { true, 1, INT32_MAX,
	    "a whole number from 1 to 2147483647" },
	[OPT_NUM] = { false, -DBL_MAX, DBL_MAX, "a number" },
	[OPT_AMOUNT] = { false, 0, DBL_MAX, "a number, 0 or more" },
	[OPT_FRACTION] = { false, 0, 1, "0 to 1" },
	[OPT_BELOW_ONE] = { false, 0, 1 - DBL_EPSILON / 2,
	    "0 or more and less than 1" },
};

static void
set_number(const struct cli_opt *o, const char *arg)
{
	char *end = NULL;
	int64_t n = 0;
	double x;

	errno = 0;
	if (numbers[o->kind].whole)
		x = n = strtoll(arg, &end, 10);
	else
		x = strtod(arg, &end);
	if (end == arg || *end || *arg == ' ' ||
	    (numbers[o->kind].whole && errno) ||
	    !(x >= numbers[o->kind].least && x <= numbers[o->kind].most))
		cli_usage("--%s wants %s, not \"%s\"", o->name,
		    numbers[o->kind].wants, arg);
	if (numbers[o->kind].whole)
		*(int64_t *)o->to = n;
	else
		*(double *)o->to = x;
}

/* Is it "82,123"? An empty list is one. */
static bool
is_count_list(const char *s)
{
	size_t digits;

	if (*s == 0)
		return true;
	while ((digits = strspn(s, "0123456789")) > 0 && s[digits] == ',')
		s += digits + 1;
	return digits > 0 && s[digits] == 0;
}

void
cli_set_option(const struct cli_opt *o, char *arg)
{
	struct cli_list *list;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)o->to = true;
		break;
	case OPT_COUNTS:
		if (!is_count_list(arg))
			cli_usage("--%s wants whole numbers as 82,123, not "
			    "\"%s\"", o->name, arg);
		*(const char **)o->to = arg;
		break;
	case OPT_STR:
		*(const char **)o->to = arg;
		break;
	case OPT_LIST:
		list = o->to;
		list->item = cli_realloc(list->item,
		    (list->n + 1) * sizeof *list->item);
		list->item[list->n++] = arg;
		break;
	default:
		set_number(o, arg);
	}
}

const char *
cli_option_number(const struct cli_opt *o, char text[32])
{
	if (o->kind == OPT_FLAG)
		*text = 0;
	else if (numbers[o->kind].whole)
		snprintf(text, 32, "%lld", (long long)*(int64_t *)o->to);
	else
		ckpt_shortest_double(text, *(double *)o->to, 15);
	return text;
}
