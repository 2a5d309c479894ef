/* selection.c - which tensors and steps -t and -s select, and which they miss */
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_map.h"
#include "base/number.h"
#include "common.h"

static bool complete;		/* an input was read to its end */

/* -------------------------------------------------------------- tensors */

/* What became of each -t. */
static struct glob {
	bool		 matched;	/* a name */
	struct cli_spelling spelling;	/* until then */
} *matches;
static bool tensor_wanted;

/* Which -t may have meant this name? Once is enough: checkpoints have the same
 * names. */
static void
try_name(const char *name)
{
	static struct ckpt_name_map tried;

	if (ckpt_name_map_add(&tried, name, NULL) == 0)
		return;
	for (size_t i = 0; i < cli_common.tensors.n; i++)
		if (!matches[i].matched)
			cli_spelling_try(&matches[i].spelling, name);
}

/* What -t says: the globs in order, the last one that matches decides. With
 * nothing but !globs, all else is in. */
bool
cli_want_tensor(const char *name, void *arg)
{
	const struct cli_list *globs = &cli_common.tensors;
	bool want = globs->item[0][0] == '!', missed = false;

	(void)arg;
	if (matches == NULL) {
		matches = cli_malloc(globs->n * sizeof *matches);
		memset(matches, 0, globs->n * sizeof *matches);
	}
	for (size_t i = 0; i < globs->n; i++) {
		const char *glob = globs->item[i];
		bool drop = *glob == '!';

		if (fnmatch(glob + drop, name, 0) == 0) {
			want = !drop;
			matches[i].matched = true;
		}
		matches[i].spelling.word = glob + drop;
		missed |= !matches[i].matched;
	}
	if (missed)
		try_name(name);
	tensor_wanted |= want;
	return want;
}

/* ---------------------------------------------------------------- steps */

/* A range of -s: from, to, every; or the last checkpoints. */
struct range {
	uint64_t	 from, to, every;
	uint64_t	 tail;		/* how many; 0: this is not such */
	const char	*text;		/* as it was given, of n bytes */
	int		 n;
	bool		 matched;
};

static struct range *ranges;
static size_t range_count;
static bool step_wanted;
static uint64_t smallest = UINT64_MAX, largest;	/* of all steps */

static uint64_t
parse_step(const char *s, char **end)
{
	unsigned long long x;

	errno = 0;
	x = strtoull(s, end, 10);
	if (*end == s || *s < '0' || *s > '9' || errno)
		cli_usage("--steps: not a step: \"%s\"", s);
	return x;
}

/* Parse a range, up to its comma or the end: "100", "0:1000:100", "500:",
 * "last", "-5:". */
static struct range
parse_range(const char *s)
{
	struct range r = { .every = 1, .text = s };
	char *end = (char *)s;

	if (strncmp(s, "last", 4) == 0) {
		r.tail = 1;
		end += 4;
	} else if (*s == '-') {
		r.tail = parse_step(s + 1, &end);
		if (*end++ != ':' || r.tail == 0)
			cli_usage("--steps: the last five are \"-5:\", not "
			    "\"%s\"", s);
	} else {
		r.from = r.to = *s == ':' ? 0 : parse_step(s, &end);
		if (*end == ':') {
			r.to = UINT64_MAX;
			if (end[1] && !strchr(",:", end[1]))
				r.to = parse_step(end + 1, &end);
			else
				end++;
			if (*end == ':')
				r.every = parse_step(end + 1, &end);
		}
		if (r.every == 0)
			cli_usage("--steps: every 0 steps: \"%s\"", s);
	}
	r.n = end - s;
	return r;
}

bool
cli_parse_steps(void)
{
	const char *s = cli_common.steps;
	bool tail = false;

	if (s && ranges == NULL)
		for (;; s++) {
			struct range r = parse_range(s);

			ranges = cli_realloc(ranges,
			    (range_count + 1) * sizeof *ranges);
			ranges[range_count++] = r;
			s += r.n;
			if (*s == 0)
				break;
			if (*s != ',')
				cli_usage("--steps: not a step: \"%s\"", s);
		}
	for (size_t i = 0; i < range_count; i++)
		tail |= ranges[i].tail > 0;
	return tail;
}

bool
cli_want_step(uint64_t step, uint64_t nth, uint64_t last)
{
	bool want = range_count == 0;

	smallest = step < smallest ? step : smallest;
	largest = step > largest ? step : largest;
	for (size_t i = 0; i < range_count; i++) {
		struct range *r = &ranges[i];

		if (r->tail ? last - nth < r->tail : step >= r->from &&
		    step <= r->to && (step - r->from) % r->every == 0)
			want = r->matched = true;
	}
	step_wanted |= want;
	return want;
}

bool
cli_step_from(const char *path, uint64_t *step, void *unused)
{
	static regex_t regex;
	static bool compiled;
	regmatch_t m[2];
	char text[24] = "";
	size_t n;

	(void)unused;
	if (!compiled && regcomp(&regex, cli_common.step_from,
	    REG_EXTENDED) != 0)
		cli_usage("--step-from: not a regular expression: \"%s\"",
		    cli_common.step_from);
	compiled = true;
	if (regexec(&regex, path, 2, m, 0) != 0)
		return false;
	if (m[1].rm_so < 0)		/* without a group, all of it */
		m[1] = m[0];
	n = m[1].rm_eo - m[1].rm_so;
	/* leading zeros are no part of a number for ckpt_parse_number */
	for (path += m[1].rm_so; n > 1 && *path == '0'; n--)
		path++;
	if (n >= sizeof text)
		return false;
	memcpy(text, path, n);
	return ckpt_parse_number(text, step);
}

/* ------------------------------------------------------ what was missed */

void
cli_selection_end(void)
{
	complete = true;
}

static void
report_range(const struct range *r)
{
	if (smallest > largest)
		cli_warn("-s %.*s: there are no checkpoints", r->n, r->text);
	else
		cli_warn("-s %.*s: no such step among those from %" PRIu64
		    " to %" PRIu64, r->n, r->text, smallest, largest);
}

bool
cli_report_selection(void)
{
	const struct cli_list *globs = &cli_common.tensors;
	bool good = true;

	if (!complete)
		return true;
	for (size_t i = 0; i < range_count; i++)
		if (!ranges[i].matched) {
			report_range(&ranges[i]);
			good = false;
		}
	/* without a checkpoint, no name was compared */
	if (range_count > 0 && !step_wanted)
		return false;
	for (size_t i = 0; i < globs->n; i++) {
		const char *hint = matches == NULL ? "" :
		    cli_spelling_hint(&matches[i].spelling);

		if (matches && matches[i].matched)
			continue;
		cli_warn("-t \"%s\": no tensor has such a name%s",
		    globs->item[i], *hint ? hint : "; ckpt-ls lists them");
		good = false;
	}
	return good;
}

void
cli_check_selection(void)
{
	bool none = (range_count > 0 && !step_wanted) ||
	    (cli_common.tensors.n > 0 && !tensor_wanted);

	if (none && !cli_report_selection())
		cli_quit(1);
}
